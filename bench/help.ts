/** What it costs to be asked for help: the start of the command line alone. */
import { join } from "node:path";
import type { Host } from "../src/compose/paths.ts";
import { finished } from "./finished.ts";
import { clock } from "./clock.ts";
import { ratio, spread } from "./stats.ts";
import type { Spread } from "./stats.ts";

export interface HelpReport {
  readonly bottle: Spread;
  readonly node: Spread;
  readonly ratio: number;
}

/** `bottle --help` against a Node that does nothing, in a clean environment. */
export async function benchHelp(host: Host, runs: number, cwd: string): Promise<HelpReport> {
  const env = { PATH: host.env["PATH"] };
  const times = { bottle: [] as number[], node: [] as number[] };
  const once = async (argv: readonly string[]): Promise<number> => {
    const begun = clock();
    await finished(process.execPath, argv, env, cwd);
    return clock() - begun;
  };
  for (let round = 0; round <= runs; round += 1) {
    const node = await once(["-e", "0"]);
    const bottle = await once([join(host.dist, "cli.js"), "--help"]);
    if (round === 0) continue;
    times.node.push(node);
    times.bottle.push(bottle);
  }
  const bottle = spread(times.bottle);
  const node = spread(times.node);
  return { bottle, node, ratio: ratio(bottle, node) };
}
