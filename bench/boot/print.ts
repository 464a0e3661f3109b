/** A measurement of starts as a table for people. */
import { line } from "../print.ts";
import type { Spread } from "../stats.ts";
import type { BootReport, RungReport, TimedCall } from "./report.ts";

/** Budgets of DESIGN section 9 that are the same on every rung; a start's own is in its report. */
export const budgets = { probes: 60, help: 1.6, supervisor: 80 } as const;

export function renderBoot(report: BootReport): string {
  const { host } = report;
  return [
    `start to the first model request, ${report.runs} runs each, in turn`,
    `${host.cpus} cores, Linux ${host.kernel}, Node ${host.node}; medians (least to most)`,
    "",
    ...report.rungs.flatMap(rungLines),
    line("bottle --help", report.help.bottle),
    line("node -e 0", report.help.node),
    ratioLine(report.help.ratio, budgets.help),
    "",
  ].join("\n");
}

function rungLines(report: RungReport): readonly string[] {
  const { supervisor, whole, bare } = report.memory;
  return [
    `the rung ${report.rung}, link ${report.link}, place ${report.place}, against ${report.reference}`,
    line("bare", report.bare),
    line("in a bottle", report.bottle.total),
    ratioLine(report.ratio, report.budget),
    ...(report.fastest === null ? [] : [line(`bare, ${shortOf(report)}`, report.fastest.total)]),
    "",
    "phases, since the command began",
    ...waterfall(report.bottle.phases),
    "",
    ...hotLines(report.hot),
    ...coldLines(report.cold),
    ...engineLines(report.engine),
    `${"probes".padEnd(24)}${report.probes.median} ms (budget ${budgets.probes})`,
    `${"supervisor, idle".padEnd(24)}${supervisor.median} MB (budget ${budgets.supervisor})`,
    `${"all of it, agent too".padEnd(24)}${whole.median} MB (${bare.median} MB bare)`,
    "",
  ];
}

/** What is different about the fastest way. */
function shortOf({ reference, fastest }: RungReport): string {
  return (fastest?.how ?? "").replace(reference, "").trim();
}

function hotLines(hot: RungReport["hot"]): readonly string[] {
  if (hot === null) return ["no bottles are prepared", ""];
  return [
    line("claiming a prepared one", hot.total),
    line("  to the agent's exec", hot.exec),
    line("  from the order to it", hot.execFromOrder),
    ...waterfall(hot.phases),
    "",
  ];
}

function coldLines(cold: RungReport["cold"]): readonly string[] {
  if (cold === null) return [];
  return [
    line("cold, bare", cold.bare),
    line("cold, in a bottle", cold.bottle.total),
    ...waterfall(cold.bottle.phases),
    "",
  ];
}

function engineLines(calls: readonly TimedCall[] | null): readonly string[] {
  if (calls === null) return [];
  const before = calls.filter(({ start }) => start).length;
  return [
    `round trips to the Docker Engine: ${before} until the agent runs, ${calls.length - before} from then on`,
    ...calls.map(
      ({ what, at, ms }) =>
        `  ${what.padEnd(32)}${at.toFixed(1).padStart(8)} ms   ${ms === null ? "no answer" : `${ms.toFixed(1)} ms`}`,
    ),
    "",
  ];
}

/** Columns of the longest bar. */
const barWidth = 40;

/** Each phase as a bar from where the one before it ended to its own end. */
function waterfall(phases: Readonly<Record<string, Spread>>): readonly string[] {
  const entries = Object.entries(phases);
  const longest = Math.max(1, ...entries.map(([, one]) => one.median));
  let before = 0;
  return entries.map(([name, one]) => {
    const column = (ms: number): number => Math.round((ms / longest) * barWidth);
    const bar =
      " ".repeat(column(before)) + "=".repeat(Math.max(1, column(one.median) - column(before)));
    before = one.median;
    return `${`  ${name}`.padEnd(24)}${one.median.toFixed(1).padStart(8)} ms   ${bar}`;
  });
}

function ratioLine(value: number, budget: number | null): string {
  const verdict = value <= (budget ?? 0) ? "within" : "over";
  const words = budget === null ? "no budget" : `${verdict} the budget of ${budget}`;
  return `${"ratio".padEnd(24)}${value.toFixed(2).padStart(8)}      (${words})`;
}
