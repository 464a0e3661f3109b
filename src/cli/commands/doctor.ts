/** `bottle doctor`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { formatFlag } from "./format.ts";
import type { Format } from "./format.ts";

export interface DoctorFlags {
  readonly format: Format;
}

export const doctorCommand: Command<CliContext> = buildCommand<DoctorFlags, [], CliContext>({
  loader: async () => (await import("./doctor.run.ts")).doctor,
  parameters: {
    flags: {
      format: formatFlag("Form of the answer"),
    },
  },
  docs: { brief: "Say which rungs are available here, and what to do about the others" },
});
