/** What a run of the gateway's bench found, and what that means against the budgets. */
import type { LeftOut } from "./contenders/all.ts";
import type { Cores } from "./cores.ts";
import type { Decisions } from "./decisions.ts";
import type { Rate } from "./rates.ts";
import type { Measured } from "./transfers.ts";
import type { SupervisorHeld } from "./supervisor.ts";
import type { Held } from "./tunnels.ts";
import type { ContenderName } from "./way.ts";

export interface GatewayReport {
  readonly version: 1;
  readonly host: {
    readonly cpus: number;
    readonly model: string;
    readonly kernel: string;
    readonly node: string;
  };
  /** Null: nothing was pinned, and everything took from everything. */
  readonly cores: Cores | null;
  readonly load: "wrk" | "node";
  readonly rounds: number;
  readonly leftOut: readonly LeftOut[];
  readonly rates: readonly Rate[];
  readonly tlsRates: readonly Rate[];
  /** MB a second, of 100 MB. */
  readonly down: readonly Measured[];
  /** MB a second, of 50 MB. */
  readonly up: readonly Measured[];
  /** Microseconds from an event's writing to its arrival. */
  readonly events: readonly Measured[];
  /** Milliseconds to the first answer of a new host. */
  readonly fresh: readonly Measured[];
  readonly memory: readonly Held[];
  /** Of a whole bottle; null where none can be started. */
  readonly supervisor: SupervisorHeld | null;
  readonly decisions: readonly Decisions[];
}

export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly unit: "×" | "ms" | "MB";
  readonly budget: number;
  /** Whether more is better. */
  readonly atLeast: boolean;
  readonly met: boolean;
}

/** Budgets of DESIGN section 9 beside what was measured; what was left out has none. */
export function findings(report: GatewayReport): readonly Finding[] {
  const { rates, events, supervisor, decisions } = report;
  const against = (other: ContenderName): number | undefined => {
    const ratios = rates
      .filter(({ contender }) => contender === "ours")
      .flatMap((own) => {
        const rival = rates.find(
          ({ contender, connections }) =>
            contender === other && connections === own.connections && connections > 1,
        );
        return rival === undefined ? [] : [own.perSecond.median / rival.perSecond.median];
      });
    return ratios.length === 0 ? undefined : Math.min(...ratios);
  };
  const added = (part: "p50" | "p99"): number | undefined => {
    const of = (name: ContenderName): number | undefined =>
      rates.find(({ contender, connections }) => contender === name && connections === 1)?.[part]
        .median;
    return difference(of("ours"), of("direct"));
  };
  const event = (name: ContenderName): number | undefined =>
    events.find(({ contender }) => contender === name)?.value.median;
  const [few, many] = [decisions.at(0)?.same.median, decisions.at(-1)?.same.median];
  const found: readonly (Finding | undefined)[] = [
    atLeast("requests/s against nginx", against("nginx"), 0.5),
    atLeast("requests/s against squid", against("squid"), 3),
    atLeast("requests/s against mitmproxy", against("mitmproxy"), 15),
    atMost("added latency, p50", added("p50"), "ms", 0.4),
    atMost("added latency, p99", added("p99"), "ms", 2),
    atMost("delay of the first event", difference(event("ours"), event("direct")), "ms", 1),
    atMost("supervisor's memory, idle", supervisor?.idle, "MB", 80),
    atMost("supervisor's memory, 500 open tunnels", supervisor?.tunnels, "MB", 130),
    atMost(
      "policy decision, 100,000 rules against 10",
      few === undefined || many === undefined ? undefined : many / few,
      "×",
      1.3,
    ),
  ];
  return found.filter((one) => one !== undefined);
}

/** Milliseconds between two numbers of microseconds. */
function difference(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : (one - other) / 1000;
}

function atLeast(what: string, value: number | undefined, budget: number): Finding | undefined {
  if (value === undefined) return undefined;
  return {
    what,
    value: hundredths(value),
    unit: "×",
    budget,
    atLeast: true,
    met: value >= budget,
  };
}

function atMost(
  what: string,
  value: number | undefined,
  unit: Finding["unit"],
  budget: number,
): Finding | undefined {
  if (value === undefined) return undefined;
  return { what, value: hundredths(value), unit, budget, atLeast: false, met: value <= budget };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
