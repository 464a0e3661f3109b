/** A measurement as a table for people. */
import type { Spread } from "./stats.ts";
import type { WorkspaceReport } from "./workspace.ts";

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

/** A median with its spread. */
export function line(name: string, one: Spread): string {
  return `${name.padEnd(24)}${one.median.toFixed(1).padStart(8)} ms   (${one.min} to ${one.max})`;
}
