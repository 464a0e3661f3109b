/** What `bottle bench` does: measures, prints. */
import { benchBoot } from "../../../bench/boot.ts";
import { renderBoot } from "../../../bench/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { BenchFlags, BenchSubject } from "./bench.ts";

export async function bench(
  this: CliContext,
  flags: BenchFlags,
  _subject: BenchSubject,
): Promise<void> {
  const { stdout, stderr } = this.process;
  await answer(this, flags.json ? "json" : "text", async () => {
    const report = await benchBoot(this, {
      runs: flags.runs,
      progress: (line) => stderr.write(`bottle bench: ${line}\n`),
    });
    stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderBoot(report));
    return exitCodes.ok;
  });
}
