/** The part of docs/benchmarks.md that holds numbers: written by the run that measured them, never by hand. */
import { readFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { told } from "../draw/scale.ts";
import { drawGateway } from "./pictures.ts";
import type { Rate } from "./rates.ts";
import { findings } from "./report.ts";
import type { GatewayReport } from "./report.ts";
import type { Measured } from "./transfers.ts";

const begin = "<!-- gateway: written by `bottle bench gateway --draw docs/benchmarks` -->";
const end = "<!-- gateway: end -->";

/** Writes numbers and pictures into the folder, and the numbers into the page beside it, if there is one (`folder.md`). */
export async function publishGateway(report: GatewayReport, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "gateway.json"), `${JSON.stringify(report, null, 1)}\n`);
  for (const [name, picture] of Object.entries(drawGateway(report)))
    await writeFile(join(folder, name), picture);
  const page = await readFile(`${folder}.md`, "utf8").catch(() => undefined);
  if (page !== undefined)
    await writeFile(`${folder}.md`, withNumbers(page, report, basename(folder)));
}

/** The page with this report's numbers between the marks. */
export function withNumbers(page: string, report: GatewayReport, folder: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks the marks ${begin} and ${end}`);
  const numbers = gatewayNumbers(report, folder).join("\n");
  return `${page.slice(0, from)}${begin}\n${numbers}\n${page.slice(to)}`;
}

function gatewayNumbers(report: GatewayReport, folder: string): readonly string[] {
  const { host, cores } = report;
  const picture = (name: string, words: string): string => `![${words}](${folder}/${name}.svg)`;
  return [
    "",
    `Measured on ${host.cpus} cores (${host.model}), Linux ${host.kernel}, Node ${host.node}: ${
      cores === null
        ? "nothing was pinned, so that all took from all"
        : "proxies on one core, one of them at work at a time; origin and load on the other"
    }. Medians of ${report.rounds} rounds in turn.${left(report)}`,
    "",
    "| budget | measured | | |",
    "|---|---|---|---|",
    ...findings(report).map(
      ({ what, value, unit, budget, atLeast, met }) =>
        `| ${what} | ${spaced(value, unit)} | ${atLeast ? "≥" : "≤"} ${spaced(budget, unit)} | ${met ? "met" : "**missed**"} |`,
    ),
    "",
    picture("requests", "Requests a second by proxy and connections, plain http"),
    "",
    picture("tls", "Requests a second by proxy and connections, TLS read on the way"),
    "",
    ...rates("plain http", report.rates),
    "",
    ...rates("TLS read on the way", report.tlsRates),
    "",
    picture("median", "Median latency added by each proxy"),
    "",
    picture("tail", "99th percentile of the latency added by each proxy"),
    "",
    picture("bodies", "MB a second of long bodies through each proxy"),
    "",
    picture("firsts", "Time to the first event of a stream and to the first answer of a new host"),
    "",
    ...singles(report),
    "",
    picture("memory", "Resident memory of each proxy"),
    "",
    picture("policy", "Time of a policy decision by the number of rules"),
    "",
  ];
}

function left({ leftOut }: GatewayReport): string {
  return leftOut.map(({ name, why }) => ` Left out: ${name} (${why}).`).join("");
}

function rates(kind: string, measured: readonly Rate[]): readonly string[] {
  return [
    `| ${kind} | connections | requests/s | p50 | p99 | core time a request | core busy |`,
    "|---|---|---|---|---|---|---|",
    ...measured.map(({ contender, connections, perSecond, p50, p99, core, busyPercent }) =>
      [
        "",
        contender,
        connections,
        told(perSecond.median),
        `${told(p50.median)} µs`,
        `${told(p99.median)} µs`,
        core === null ? "" : `${told(core.median)} µs`,
        busyPercent === null ? "" : `${told(Math.round(busyPercent.median))} %`,
        "",
      ]
        .join(" | ")
        .trim(),
    ),
  ];
}

function singles({ down, up, events, fresh }: GatewayReport): readonly string[] {
  const row = (what: string, unit: string, measured: readonly Measured[]): readonly string[] =>
    measured.map(
      ({ contender, value: { median, min, max } }) =>
        `| ${what} | ${contender} | ${told(median)} ${unit} | ${told(min)} to ${told(max)} |`,
    );
  return [
    "| | | median | least to most |",
    "|---|---|---|---|",
    ...row("100 MB down", "MB/s", down),
    ...row("50 MB up", "MB/s", up),
    ...row("event of a stream", "µs", events),
    ...row("new host", "ms", fresh),
  ];
}

function spaced(value: number, unit: string): string {
  return `${told(value)} ${unit}`;
}
