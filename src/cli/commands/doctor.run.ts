/** What `bottle doctor` does: asks every rung, prints the answers. */
import { diagnose } from "../../compose/doctor.ts";
import { escapeText } from "../../terminal/print.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { DoctorFlags } from "./doctor.ts";

export async function doctor(this: CliContext, flags: DoctorFlags): Promise<void> {
  const found = await diagnose(this);
  const { stdout } = this.process;
  if (flags.format === "json") stdout.write(`${JSON.stringify(found)}\n`);
  else {
    for (const rung of found.rungs) {
      stdout.write(
        `${rung.available ? "✓" : "✗"} ${rung.rung.padEnd(12)} ${escapeText(rung.detail)}\n`,
      );
      if (rung.remedy !== undefined) stdout.write(`${" ".repeat(15)}${escapeText(rung.remedy)}\n`);
    }
    for (const limit of found.limits)
      stdout.write(
        `${limit.enforced ? "✓" : "–"} ${limit.name.padEnd(12)} ${limit.enforced ? "" : "not enforced: "}${escapeText(limit.how)}\n`,
      );
  }
  this.process.exitCode = found.rungs.some((rung) => rung.available)
    ? exitCodes.ok
    : exitCodes.failed;
}
