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
    },
  },
  docs: documented({
    brief: "Say what works here, what does not, and what to do about it",
    text:
      "Looks at every rung and place, the kernel, programs, manifest, secrets (their kind, never a value), network, disk, " +
      "folders and left-overs. Makes no bottle and sends nothing. Exit code 0 if the default rung works, else 1.",
    examples: [
      { line: "bottle doctor", does: "prints every check, and below it what to do" },
      {
        line: "bottle doctor --place ssh://me@vm",
        does: "says the same of another machine: the way there, its Docker, its rungs",
      },
      {
        line: "bottle doctor --format json | jq .ok",
        does: "says true if bottles can be made here",
      },
    ],
  }),
});
