/** What `bottle doctor` does: asks every rung, prints the answers. */
import { diagnose } from "../../compose/doctor.ts";
import type { Diagnosis } from "../../compose/doctor.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { marksFor } from "../style.ts";
import type { Marks } from "../style.ts";
import type { DoctorFlags } from "./doctor.ts";

export async function doctor(this: CliContext, flags: DoctorFlags): Promise<void> {
  await answer(this, flags.format, async () => {
    const found = await diagnose(this);
    const text =
      flags.format === "json"
        ? `${JSON.stringify(found)}\n`
        : renderDiagnosis(found, marksFor(this.env));
    this.process.stdout.write(text);
    return found.rungs.some((rung) => rung.available) ? exitCodes.ok : exitCodes.failed;
  });
}

/** What a bottle could be made of here, and below it how its limits would hold. */
export function renderDiagnosis({ rungs, limits }: Diagnosis, marks: Marks): string {
  const indent = " ".repeat(marks.good.length + 14);
  const lines = ["Rungs, weakest first:"];
  for (const { rung, available, detail, remedy } of rungs) {
    lines.push(`${available ? marks.good : marks.bad} ${rung.padEnd(12)} ${escapeText(detail)}`);
    if (remedy !== undefined) lines.push(`${indent}${escapeText(remedy)}`);
  }
  if (limits.length > 0) lines.push("", "Limits on the namespace rung:");
  for (const { name, enforced, how } of limits)
    lines.push(
      `${enforced ? marks.good : marks.open} ${name.padEnd(12)} ${enforced ? "" : "not enforced: "}${escapeText(how)}`,
    );
  return `${lines.join("\n")}\n`;
}
