/** The measurement of many bottles as a table for people. */
import { memoryBudget } from "./many.ts";
import type { CrowdReport, ManyReport, Spreads } from "./many.ts";
import type { Spread } from "./stats.ts";

export function renderMany(report: ManyReport): string {
  const { host, shells, agents, together, within } = report;
  const last = shells.at(-1);
  return [
    "bottles that live side by side, started one after the other; MB of one bottle as resident (as its share of shared pages)",
    `${host.cpus} cores, ${host.megabytes} MB, Linux ${host.kernel}, Node ${host.node}; medians (least to most)`,
    "",
    "idle shells      start of one more         supervisor        helper            whole     machine",
    ...shells.map((one) => row(String(one.bottles), one)),
    "",
    `supervisor and helper  at most ${together.rss} MB resident, ${together.pss} MB their share (${within ? "within" : "over"} the budget of ${memoryBudget})`,
    `stop --all             ${last?.end ?? "?"} ms for ${last?.bottles ?? "?"}`,
    "",
    "idle Claude Codes",
    row(String(agents.bottles), agents),
    `fit in what was free   ${agents.fit} (${agents.how}; ${agents.available} MB left, 1024 of them kept for the machine)`,
    "",
  ].join("\n");
}

function row(name: string, { start, supervisor, helper, whole, taken }: CrowdReport): string {
  return [
    name.padStart(11),
    time(start),
    memory(supervisor),
    memory(helper),
    memory(whole),
    `${taken}`.padStart(7),
  ].join("  ");
}

function time({ median, min, max }: Spread): string {
  const whole = [median, min, max].map(Math.round);
  return `${whole[0] ?? 0} ms (${whole[1] ?? 0} to ${whole[2] ?? 0})`.padStart(24);
}

function memory({ rss, pss }: Spreads): string {
  return `${rss.median.toFixed(0)} (${pss.median.toFixed(1)})`.padStart(16);
}
