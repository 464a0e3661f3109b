/** What `bottle bench` does: measures, prints. */
import { resolve } from "node:path";
import { benchBoot } from "../../../bench/boot/bench.ts";
import { publishBoot } from "../../../bench/boot/page.ts";
import { renderBoot } from "../../../bench/boot/print.ts";
import { subjectsOf } from "../../../bench/boot/subject.ts";
import { benchGateway, fullExtent } from "../../../bench/gateway/bench.ts";
import { benchEngine, renderEngine } from "../../../bench/gateway/engine.ts";
import { publishGateway } from "../../../bench/gateway/page.ts";
import { renderGateway } from "../../../bench/gateway/print.ts";
import { benchMany } from "../../../bench/many.ts";
import { renderMany } from "../../../bench/print-many.ts";
import { renderWorkspace } from "../../../bench/print.ts";
import { benchWorkspace } from "../../../bench/workspace.ts";
import { hostPaths } from "../../compose/paths.ts";
import { findPipelock } from "../../engines/pipelock/find-program.ts";
import { BottleError } from "../../errors/error.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { BenchFlags, BenchSubject } from "./bench.ts";

const usualRuns = 10;

export async function bench(
  this: CliContext,
  flags: BenchFlags,
  subject: BenchSubject,
): Promise<void> {
  const { stdout, stderr } = this.process;
  await answer(this, flags.json ? "json" : "text", async () => {
    if (flags.cold && this.uid !== 0)
      throw new BottleError({
        code: "E_USAGE",
        what: "Only root can empty the page cache.",
        next: "Leave --cold out.",
      });
    const progress = (line: string): void => void stderr.write(`bottle bench: ${line}\n`);
    if (subject === "gateway") {
      const extent = { ...fullExtent, rounds: flags.runs ?? fullExtent.rounds };
      const report = await benchGateway(this, { extent, progress });
      if (flags.draw !== undefined) await publishGateway(report, resolve(this.cwd, flags.draw));
      stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderGateway(report));
      return exitCodes.ok;
    }
    if (subject === "engine") {
      const { cacheDir } = hostPaths(this);
      const path = this.env["PATH"] ?? "";
      const named = flags.program === undefined ? null : resolve(this.cwd, flags.program);
      const { program } = await findPipelock({ named, cacheDir, path });
      const rounds = flags.runs ?? fullExtent.rounds;
      const report = await benchEngine(this, { program, rounds, ms: fullExtent.ms, progress });
      stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderEngine(report));
      return exitCodes.ok;
    }
    const runs = flags.runs ?? usualRuns;
    if (subject === "workspace") {
      const report = await benchWorkspace(this, { runs, progress });
      stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderWorkspace(report));
      return exitCodes.ok;
    }
    if (subject === "many") {
      const report = await benchMany(this, { progress });
      stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderMany(report));
      return report.within ? exitCodes.ok : exitCodes.failed;
    }
    const subjects = subjectsOf(flags.rung, flags.link);
    const report = await benchBoot(this, { runs, subjects, cold: flags.cold, progress });
    if (flags.draw !== undefined) await publishBoot(report, resolve(this.cwd, flags.draw));
    stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderBoot(report));
    return exitCodes.ok;
  });
}
