/** What `bottle doctor` does: asks every check, prints the answers; the exit code says whether the default rung works. */
import { diagnose } from "../../compose/doctor/diagnose.ts";
import { answer } from "../answer.ts";
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
    stdout.write(
      flags.format === "json"
        ? `${JSON.stringify(found)}\n`
        : renderDiagnosis(found, marksFor(this.env), styleFor(stdout, this.env)),
    );
    return found.ok ? exitCodes.ok : exitCodes.failed;
  });
}
