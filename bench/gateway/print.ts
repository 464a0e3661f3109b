/** The gateway's measurement as tables for people. */
import { findings } from "./report.ts";
import type { GatewayReport } from "./report.ts";
import type { Rate } from "./rates.ts";
import type { Measured } from "./transfers.ts";

export function renderGateway(report: GatewayReport): string {
  const { host, cores, load, rounds } = report;
  const where =
    cores === null
      ? "nothing pinned: all share the cores, and the numbers say little"
      : `proxies on core ${cores.proxy}, one at work at a time; origin and load on core ${cores.load}`;
  return [
    `the gateway beside other proxies: policy, injection, scan and audit on; load by ${load}, TLS by node`,
    `${host.cpus} cores (${host.model}), Linux ${host.kernel}, Node ${host.node}; ${where}`,
    `medians of ${rounds} rounds in turn`,
    ...report.leftOut.map(({ name, why }) => `left out: ${name}: ${why}`),
    "",
    "plain http, kept connections",
    ...rateTable(report.rates),
    "",
    "TLS read on the way, kept connections",
    ...rateTable(report.tlsRates),
    "",
    ...singles("100 MB down, MB/s", report.down),
    ...singles("50 MB up, MB/s", report.up),
    ...singles("first event, µs", report.events),
    ...singles("new host, ms", report.fresh),
    "",
    "memory, MB          idle   open tunnels   during a download",
    ...report.memory.map(({ contender, idle, tunnels, download }) =>
      [
        contender.padEnd(16),
        idle.toFixed(1).padStart(8),
        (tunnels === null ? "-" : tunnels.toFixed(1)).padStart(15),
        download.toFixed(1).padStart(20),
      ].join(""),
    ),
    ...(report.supervisor === null
      ? []
      : [
          `${"a supervisor".padEnd(16)}${report.supervisor.idle.toFixed(1).padStart(8)}${report.supervisor.tunnels.toFixed(1).padStart(15)}`,
        ]),
    "",
    "policy decision, ns   same ten hosts   all hosts in turn",
    ...report.decisions.map(
      ({ rules, same, all }) =>
        `${`${rules.toLocaleString("en")} rules`.padEnd(20)}${same.median.toFixed(0).padStart(16)}${all.median.toFixed(0).padStart(20)}`,
    ),
    "",
    "budgets",
    ...findings(report).map(
      ({ what, value, unit, budget, atLeast, met }) =>
        `${what.padEnd(44)}${`${value} ${unit}`.padStart(10)}   ${atLeast ? "≥" : "≤"} ${budget} ${unit}: ${met ? "met" : "missed"}`,
    ),
    "",
  ].join("\n");
}

function rateTable(rates: readonly Rate[]): readonly string[] {
  return [
    "                connections   requests/s   p50 µs   p99 µs   core µs a request   core busy",
    ...rates.map(({ contender, connections, perSecond, p50, p99, core, busyPercent, failures }) =>
      [
        contender.padEnd(16),
        String(connections).padStart(11),
        perSecond.median.toFixed(0).padStart(13),
        p50.median.toFixed(0).padStart(9),
        p99.median.toFixed(0).padStart(9),
        (core === null ? "-" : core.median.toFixed(1)).padStart(20),
        (busyPercent === null ? "-" : `${busyPercent.median.toFixed(0)} %`).padStart(12),
        failures === 0 ? "" : `   ${failures} failed`,
      ].join(""),
    ),
  ];
}

function singles(title: string, measured: readonly Measured[]): readonly string[] {
  return [
    title,
    ...measured.map(
      ({ contender, value: { median, min, max } }) =>
        `${contender.padEnd(16)}${median.toFixed(1).padStart(11)}   (${min} to ${max})`,
    ),
  ];
}
