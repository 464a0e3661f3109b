/** What a policy decision costs, however many rules there are. */
import type { Authority } from "../../src/gateway/config.ts";
import { createPolicy } from "../../src/gateway/policy.ts";
import type { Policy } from "../../src/gateway/policy.ts";
import type { HostRule } from "../../src/manifest/manifest.ts";
import { spread } from "../stats.ts";
import type { Spread } from "../stats.ts";
import { manyRules } from "./serve-config.ts";

export interface Decisions {
  readonly rules: number;
  /** Nanoseconds of a decision about the same ten hosts, allowed and not, as one agent asks for them. */
  readonly same: Spread;
  /** … about all hosts of the rules in turn: memory that no cache holds is paid for too. */
  readonly all: Spread;
}

export const ruleCounts = [10, 1_000, 100_000] as const;
/** Decisions in one measurement. */
const decisions = 200_000;

export function measureDecisions(rounds: number): readonly Decisions[] {
  const sides = ruleCounts.map((count) => {
    const rules = manyRules(count);
    return {
      count,
      policy: createPolicy(rules, rules.slice(0, Math.ceil(count / 10)).map(denied)),
      same: questions(ten),
      all: questions(shuffled(rules)),
      sameNs: [] as number[],
      allNs: [] as number[],
    };
  });
  for (let round = 0; round <= rounds; round += 1)
    for (const side of sides) {
      const same = time(side.policy, side.same);
      const all = time(side.policy, side.all);
      if (round === 0) continue;
      side.sameNs.push(same);
      side.allNs.push(all);
    }
  return sides.map(({ count, sameNs, allNs }) => ({
    rules: count,
    same: spread(sameNs),
    all: spread(allNs),
  }));
}

const ten: readonly HostRule[] = [
  ...manyRules(10).slice(0, 8),
  { host: "nobody.example.com", ports: [443], scheme: "https" },
  { host: "sub.deep.host3.example.net", ports: [443], scheme: "https" },
];

function denied(rule: HostRule): HostRule {
  return { host: `denied.${rule.host.replace("*.", "")}`, ports: [], scheme: "https" };
}

function questions(rules: readonly HostRule[]): readonly Authority[] {
  return rules.map(({ host }) => ({ scheme: "https", host: host.replace("*", "a"), port: 443 }));
}

/** In an order that no prefetch guesses: steps of a prime. */
function shuffled(rules: readonly HostRule[]): readonly HostRule[] {
  return rules.map((_rule, index) => rules[(index * 7919) % rules.length] as HostRule);
}

function time(policy: Policy, asked: readonly Authority[]): number {
  let yes = 0;
  const begun = process.hrtime.bigint();
  for (let index = 0; index < decisions; index += 1) {
    const authority = asked[index % asked.length] as Authority;
    if (policy.allows(authority, "GET", "/public/a/file")) yes += 1;
  }
  const ns = Number(process.hrtime.bigint() - begun) / decisions;
  if (yes === 0) throw new Error("the policy allowed nothing");
  return ns;
}
