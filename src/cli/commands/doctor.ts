/** `bottle doctor`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface DoctorFlags {
  readonly manifest?: string;
  readonly place?: string;
  readonly format: Format;
  readonly fix: boolean;
  readonly yes: boolean;
}

export const doctorCommand: Command<CliContext> = buildCommand<DoctorFlags, [], CliContext>({
  loader: async () => (await import("./doctor.run.ts")).doctor,
  parameters: {
    flags: {
      manifest: {
        kind: "parsed",
        parse: (input: string) => input,
        brief: "Manifest file to look at, instead of the user's",
        optional: true,
        placeholder: "FILE",
      },
      place: {
        kind: "parsed",
        parse: (input: string) => input,
        brief: "Look at this place instead of this machine",
        optional: true,
        placeholder: "PLACE",
      },
      format: formatFlag("Form of the answer"),
      fix: { kind: "boolean", brief: "Put right what can be, after asking", default: false },
      yes: { kind: "boolean", brief: "With --fix: do not ask", default: false },
    },
  },
  docs: documented({
    brief: "Say what works here, what does not, and what to do about it",
    text:
      "Looks at every rung and place, the kernel, programs, manifest, secrets (their kind, never a value), network, disk, " +
      "folders and left-overs. Makes no bottle and sends nothing. Exit code 0 if the default rung works, else 1. " +
      "With --fix it offers what it can do itself: to register gVisor or Kata with the Docker daemon, as root. Exit code 3 if there was something " +
      "to do and nobody who could be asked.",
    examples: [
      { line: "bottle doctor", does: "prints every check, and below it what to do" },
      {
        line: "bottle doctor --place ssh://me@vm",
        does: "says the same of another machine: the way there, its Docker, its rungs",
      },
      {
        line: "bottle doctor --fix",
        does: "as root: asks, then registers gVisor with the Docker daemon",
      },
      {
        line: "bottle doctor --format json | jq .ok",
        does: "says true if bottles can be made here",
      },
    ],
  }),
});
