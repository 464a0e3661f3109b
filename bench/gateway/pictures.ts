/** The gateway's numbers as pictures: which bars, which budgets. */
import { drawBars } from "../draw/bars.ts";
import type { Bar, BarChart, BarGroup } from "../draw/bars.ts";
import { told } from "../draw/scale.ts";
import type { Rate } from "./rates.ts";
import type { GatewayReport } from "./report.ts";
import type { Measured } from "./transfers.ts";

/** File names and what is in them. */
export function drawGateway(report: GatewayReport): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(charts(report)).map(([name, chart]) => [`${name}.svg`, drawBars(chart)]),
  );
}

function charts(report: GatewayReport): Readonly<Record<string, BarChart>> {
  const { rates, tlsRates, memory, supervisor, decisions } = report;
  const bottle = (value: number | undefined): readonly Bar[] =>
    value === undefined ? [] : [{ name: "a supervisor", colour: "ours", value }];
  const ten = decisions.at(0)?.same.median ?? Number.NaN;
  return {
    requests: {
      title: "Requests a second on one core, plain http",
      axis: "requests a second, more is better",
      groups: rateGroups(rates),
    },
    tls: {
      title: "Requests a second on one core, TLS read on the way",
      axis: "requests a second, more is better",
      groups: rateGroups(tlsRates),
    },
    median: {
      title: "Latency added to one request after the other, plain http",
      axis: "milliseconds more than without a proxy, less is better",
      groups: [latency(rates, "p50", 0.4)],
    },
    tail: {
      title: "Latency added to the slowest of a hundred requests, plain http",
      axis: "milliseconds more than without a proxy, less is better",
      groups: [latency(rates, "p99", 2)],
    },
    bodies: {
      title: "Long bodies, plain http",
      axis: "MB a second, more is better",
      groups: [single("100 MB down", report.down), single("50 MB up", report.up)],
    },
    firsts: {
      title: "Waiting for the first byte",
      axis: "milliseconds, less is better",
      groups: [
        {
          ...single("event of a stream, from its writing to its arrival", report.events, 0.001),
          budget: {
            value: 1 + (report.events.find(isDirect)?.value.median ?? 0) / 1000,
            text: "budget: 1 ms more",
          },
        },
        single("new host: CONNECT, certificate, handshakes, request", report.fresh),
      ],
    },
    memory: {
      title: "Resident memory",
      axis: "MB, less is better",
      groups: [
        {
          title: "idle",
          bars: [
            ...bottle(supervisor?.idle),
            ...memory.map(({ contender: name, idle: value }) => ({ name, value })),
          ],
          budget: { value: 80, text: "budget: 80 MB" },
        },
        {
          title: "500 open tunnels",
          bars: [
            ...bottle(supervisor?.tunnels),
            ...memory.flatMap(({ contender: name, tunnels }) =>
              tunnels === null ? [] : [{ name, value: tunnels }],
            ),
          ],
          budget: { value: 130, text: "budget: 130 MB" },
        },
        {
          title: "while 100 MB go by",
          bars: memory.map(({ contender: name, download: value }) => ({ name, value })),
        },
      ],
    },
    policy: {
      title: "One policy decision, by the number of rules",
      axis: "nanoseconds, less is better",
      groups: [
        {
          title: "about the same ten hosts, as one agent asks for them",
          bars: decisions.map(({ rules, same }) => ({
            name: `${told(rules)} rules`,
            colour: "ours",
            value: same.median,
          })),
          budget: { value: ten * 1.3, text: "budget: 1.3 × that of 10 rules" },
        },
        {
          title: "about all of the rules' hosts in turn",
          bars: decisions.map(({ rules, all }) => ({
            name: `${told(rules)} rules`,
            colour: "ours",
            value: all.median,
          })),
        },
      ],
    },
  };
}

/** The budget is half of nginx's rate, where nginx is measured. */
function rateGroups(rates: readonly Rate[]): readonly BarGroup[] {
  const proxies = rates.filter(({ contender }) => contender !== "direct");
  return [...new Set(proxies.map(({ connections }) => connections))].map((connections) => {
    const own = proxies.filter((rate) => rate.connections === connections);
    const rival = own.find(({ contender }) => contender === "nginx");
    return {
      title: connections === 1 ? "1 connection" : `${connections} connections`,
      bars: own.map(({ contender: name, perSecond }) => ({ name, value: perSecond.median })),
      ...(rival === undefined
        ? {}
        : { budget: { value: rival.perSecond.median / 2, text: "budget: 0.5 × nginx" } }),
    };
  });
}

function latency(rates: readonly Rate[], part: "p50" | "p99", budget: number): BarGroup {
  const alone = rates.filter(({ connections }) => connections === 1);
  const base = alone.find(isDirect)?.[part].median ?? 0;
  return {
    title: part,
    bars: alone
      .filter((rate) => !isDirect(rate))
      .map((rate) => ({
        name: rate.contender,
        value: Math.max(0, rate[part].median - base) / 1000,
      })),
    budget: { value: budget, text: `budget: ${budget} ms` },
  };
}

function single(title: string, measured: readonly Measured[], factor = 1): BarGroup {
  return {
    title,
    bars: measured.map(({ contender: name, value }) => ({ name, value: value.median * factor })),
  };
}

function isDirect({ contender }: { readonly contender: string }): boolean {
  return contender === "direct";
}
