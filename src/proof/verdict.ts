/** The verdict over the probes, made on the host: nothing that runs in a bottle judges the bottle. */
import type { ProbeResult } from "../helper/protocol.ts";
import { rules } from "./rules.ts";
import type { Rule } from "./rules.ts";

/** What the canaries say after the probes ran. */
export interface CanaryReport {
  /** Heard somebody other than the control run. */
  readonly touched: readonly string[];
  /** Did not hear the control run: their silence proves nothing. */
  readonly unusable: readonly string[];
  /** The host has no address for them: their probes are judged by the errno alone. */
  readonly absent: readonly string[];
  /** The policy allows a host on port 443, so that the probes which need one have one. */
  readonly allowedHost: boolean;
}

export interface JudgedProbe {
  readonly name: string;
  readonly boundary: string;
  readonly ok: boolean;
  readonly observed: string;
  readonly expected: string;
  /** What its canaries said, where it has any. */
  readonly canary?: string;
}

export interface Verdict {
  readonly ok: boolean;
  readonly probes: readonly JudgedProbe[];
  /** The slowest probe's milliseconds, as the bottle tells them. */
  readonly ms: number;
}

/** Judges every rule: a missing result, an unknown observation or a canary that is not known to be silent fails. */
export function judge(results: readonly ProbeResult[], canaries: CanaryReport): Verdict {
  const filtered = ["seccomp-mode", "no-new-privs", "capabilities"].every((name) => {
    const rule = rules.find((candidate) => candidate.name === name);
    return rule?.expected.includes(observation(results, name)) === true;
  });
  const probes = rules.map((rule) =>
    judgeOne(rule, observation(results, rule.name), canaries, filtered),
  );
  return {
    ok: probes.every((probe) => probe.ok),
    probes,
    ms: Math.max(0, ...results.map((result) => result.ms)),
  };
}

/** What that probe observed; a name that comes twice is as bad as one that is missing. */
function observation(results: readonly ProbeResult[], name: string): string {
  const found = results.filter((result) => result.name === name);
  if (found.length > 1) return "two results";
  return found[0]?.observed ?? "no result";
}

function judgeOne(
  rule: Rule,
  observed: string,
  report: CanaryReport,
  filtered: boolean,
): JudgedProbe {
  const excused =
    rule.unless?.observed === observed &&
    (rule.unless.when === "filtered" ? filtered : !report.allowedHost);
  const heard = (rule.canaries ?? []).map((name) => canaryState(name, report));
  const judged = {
    name: rule.name,
    boundary: rule.boundary,
    ok:
      (rule.expected.includes(observed) || excused) &&
      heard.every((state) => state === "silent" || state === "absent"),
    observed,
    expected: rule.expected.join(" or "),
  };
  return rule.canaries === undefined
    ? judged
    : {
        ...judged,
        canary: rule.canaries.map((name, index) => `${name} ${heard[index]}`).join(", "),
      };
}

function canaryState(
  name: string,
  report: CanaryReport,
): "touched" | "unusable" | "absent" | "silent" {
  if (report.touched.includes(name)) return "touched";
  if (report.absent.includes(name)) return "absent";
  return report.unusable.includes(name) ? "unusable" : "silent";
}
