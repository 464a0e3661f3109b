/** `bottle doctor`: flags only. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";

export interface DoctorFlags {
  readonly format: "text" | "json";
}

export const doctorCommand: Command<CliContext> = buildCommand<DoctorFlags, [], CliContext>({
  loader: async () => (await import("./doctor.run.ts")).doctor,
  parameters: {
    flags: {
      format: {
        kind: "enum",
        values: ["text", "json"],
        brief: "Form of the answer",
        default: "text",
      },
    },
  },
  docs: { brief: "Say which rungs are available here, and what to do about the others" },
});
