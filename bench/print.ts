/** A measurement as a table for people. */
import type { BootReport } from "./boot.ts";
import type { Spread } from "./stats.ts";
import type { WorkspaceReport } from "./workspace.ts";

/** Budgets of DESIGN section 9. */
export const budgets = { boot: 1.35, probes: 60, help: 1.6, supervisor: 80 } as const;

export function renderBoot(report: BootReport): string {
  const { host } = report;
  const probes = `${report.probes.median} ms (budget ${budgets.probes})`;
  const memory = `${report.supervisor.median} MB (budget ${budgets.supervisor})`;
  const lines = [
    `start to the first model request, ${report.runs} runs each, in turn`,
    `${host.cpus} cores, Linux ${host.kernel}, Node ${host.node}; medians (least to most)`,
    "",
    line("bare on the host", report.bare),
    line("in a bottle", report.bottle),
    ratioLine(report.ratio, budgets.boot),
    "",
    "phases, since the command began",
    ...waterfall(report.phases),
    "",
    line("claiming a prepared one", report.hot.total),
    line("  to the agent's exec", report.hot.exec),
    line("  from the order to it", report.hot.execFromOrder),
    ...waterfall(report.hot.phases),
    "",
    ...coldLines(report.cold),
    line("bottle --help", report.help.bottle),
    line("node -e 0", report.help.node),
    ratioLine(report.help.ratio, budgets.help),
    "",
    `${"probes".padEnd(24)}${probes}`,
    `${"supervisor, idle".padEnd(24)}${memory}`,
    "",
  ];
  return lines.join("\n");
}

export function renderWorkspace(report: WorkspaceReport): string {
  const { host, ratios } = report;
  return [
    `copies of ${report.files} files, ${report.runs} runs each, in turn`,
    `${host.cpus} cores, Linux ${host.kernel}, Node ${host.node}; medians (least to most)`,
    "",
    line("cp -a", report.cp),
    line("cp -a --reflink=auto", report.reflink),
    line("a folder's copy", report.folder),
    `${"ratio to cp -a".padEnd(24)}${ratios.folder.toFixed(2).padStart(8)}`,
    "",
    line("cp -a of a repository", report.cpRepository),
    line("a repository's copy", report.repository),
    `${"ratio to cp -a".padEnd(24)}${ratios.repository.toFixed(2).padStart(8)}`,
    "",
    line("20 files", report.smallFolder),
    line("20 files, a repository", report.smallRepository),
    "",
  ].join("\n");
}

function coldLines(cold: BootReport["cold"]): readonly string[] {
  if (cold === null) return [];
  return [
    line("cold, bare", cold.bare),
    line("cold, in a bottle", cold.bottle.total),
    ...waterfall(cold.bottle.phases),
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

function line(name: string, one: Spread): string {
  return `${name.padEnd(24)}${one.median.toFixed(1).padStart(8)} ms   (${one.min} to ${one.max})`;
}

function ratioLine(value: number, budget: number): string {
  const verdict = value <= budget ? "within" : "over";
  return `${"ratio".padEnd(24)}${value.toFixed(2).padStart(8)}      (${verdict} the budget of ${budget})`;
}
