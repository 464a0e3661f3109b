/** What `bottle doctor` does: asks every check, prints the answers; the exit code says whether the default rung works. */
import { diagnose } from "../../compose/doctor/diagnose.ts";
import type { Diagnosis } from "../../compose/doctor/diagnose.ts";
import type { Fix } from "../../lifecycle/backend.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { renderDiagnosis } from "../diagnosis-text.ts";
import { exitCodes } from "../exit-codes.ts";
import { marksFor, styleFor } from "../style.ts";
import type { DoctorFlags } from "./doctor.ts";

export async function doctor(this: CliContext, flags: DoctorFlags): Promise<void> {
  const { stdout } = this.process;
  await answer(this, flags.format, async () => {
    const found =
      flags.place === undefined
        ? await diagnose(this, { manifest: flags.manifest })
        : await (await import("../../compose/doctor/remote.ts")).diagnosePlace(this, flags.place);
    if (flags.fix && flags.place === undefined) return fixAll(this, found, flags.yes);
    stdout.write(
      flags.format === "json"
        ? `${JSON.stringify(found, withoutFixes)}\n`
        : renderDiagnosis(found, marksFor(this.env), styleFor(stdout, this.env)),
    );
    return found.ok ? exitCodes.ok : exitCodes.failed;
  });
}

/** What can be done is no part of what was found. */
function withoutFixes(key: string, value: unknown): unknown {
  return key === "fix" ? undefined : value;
}

/** Asks before each; nothing is done that nobody said yes to. */
async function fixAll(context: CliContext, found: Diagnosis, yes: boolean): Promise<number> {
  const { stdin, stdout } = context.process;
  const fixes = found.groups.flatMap(({ checks }) =>
    checks.flatMap(({ fix }): readonly Fix[] => (fix === undefined ? [] : [fix])),
  );
  if (fixes.length === 0) stdout.write("There is nothing that --fix could put right.\n");
  let code: number = exitCodes.ok;
  for (const fix of fixes) {
    const asked = yes || (stdin.isTTY && stdout.isTTY);
    if (fix.asRoot && context.uid !== 0) {
      stdout.write(`${escapeText(fix.what)}\nOnly root may: sudo bottle doctor --fix\n`);
      code = exitCodes.failed;
    } else if (!asked) {
      stdout.write(`${escapeText(fix.what)}\nNobody can be asked here: see --yes.\n`);
      code = exitCodes.notConfirmed;
    } else if (yes || (await confirm(context, fix.what)))
      stdout.write(`${escapeText(await fix.apply())}.\n`);
  }
  return code;
}
