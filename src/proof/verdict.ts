/** The verdict over the probes, made on the host: nothing that runs in a bottle judges the bottle. */
import type { ProbeResult } from "../helper/protocol.ts";
import type { KernelKind, LinkKind, Rule } from "./rule.ts";
import { rulesFor } from "./rules.ts";

/**
 * `silent`: heard both control runs and nobody else. `touched`: heard somebody else. `unusable`: did not hear a control
 * run, so that its silence proves nothing. `absent`: the host has no address for it; the errno alone is judged.
 */
export type CanaryState = "silent" | "touched" | "unusable" | "absent";

/** What the canaries say after the probes ran. */
export interface CanaryReport {
  readonly states: ReadonlyMap<string, CanaryState>;
  /** The policy allows a host on port 443, so that the probes which need one have one. */
  readonly allowedHost: boolean;
  /** Which rules hold; a socket's where nobody says. */
  readonly link?: LinkKind;
  /** The rung makes every file system of a bottle deaf to set-user-id bits; where it cannot, `no_new_privs` alone is judged. */
  readonly nosuid?: boolean;
  /** Whose kernel the rung has inside; this machine's where nobody says. */
  readonly kernel?: KernelKind;
  /** Release of the kernel that a guest's must not be. */
  readonly hostKernel?: string;
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
  const { link = "socket", nosuid, kernel } = canaries;
  const known = rulesFor(link, kernel).filter(
    ({ needs }) => needs !== "nosuid" || nosuid !== false,
  );
  const filtered = ["seccomp-mode", "no-new-privs", "capabilities"].every((name) => {
    const rule = known.find((candidate) => candidate.name === name);
    return rule?.expected.includes(observation(results, name)) === true;
  });
  const probes = known.map((rule) =>
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
  const heard = (rule.canaries ?? []).map((name) => report.states.get(name) ?? "unusable");
  const judged = {
    name: rule.name,
    boundary: rule.boundary,
    ok:
      (fits(rule, observed, report) || excused) &&
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

function fits({ expected, unlike }: Rule, observed: string, { hostKernel }: CanaryReport): boolean {
  if (unlike === undefined) return expected.includes(observed);
  return hostKernel !== undefined && observed !== hostKernel && /^\d+\.\d+[\w.+-]*$/.test(observed);
}
