import { expect, test } from "vitest";
import { authorityKey } from "./authority.ts";
import type { GatewayConfig } from "./config.ts";
import { createLasting } from "./lasting.ts";
import type { Lasting } from "./lasting.ts";
import { nothingRetired } from "./retired.ts";
import { compileRules } from "./rules.ts";
import type { Rules } from "./rules.ts";

const authority = { scheme: "https", host: "a.example", port: 443 } as const;
const rulesFor = (hosts: readonly string[]): Rules => {
  const config: GatewayConfig = {
    id: "test-00000",
    allow: hosts.map((host) => ({ host, ports: [443], scheme: "https" })),
    deny: [],
    credentials: [],
    blockedValues: [],
    extraCa: [],
    upstreamProxy: null,
    breakBoundary: undefined,
  };
  return compileRules(config, nothingRetired, new Set());
};

function lab(hosts: readonly string[]) {
  let ticks = 0;
  const rules = rulesFor(hosts);
  const said: string[] = [];
  const lasting = createLasting({
    rules: () => rules,
    ticker: () => ({ ticks, after: (ms) => ticks + ms }),
    graceMs: 3,
  });
  const one = (more: Partial<Lasting> = {}): Lasting => ({
    serves: () => ({ authority, key: authorityKey(authority) }),
    retire: () => said.push("retire"),
    destroy: () => said.push("destroy"),
    ...more,
  });
  const sweep = (to: number): void => {
    ticks = to;
    lasting.sweep(to);
  };
  return { lasting, rules, said, one, sweep };
}

test("what is told to end is destroyed when its grace is over, and told once", () => {
  const { lasting, rules, said, one, sweep } = lab(["a.example"]);
  lasting.add(one());
  expect(lasting.replaced(rules, rulesFor([]))).toBe(1);
  expect(lasting.replaced(rulesFor([]), rulesFor([]))).toBe(0);
  sweep(2);
  expect(said).toEqual(["retire"]);
  sweep(3);
  expect(said).toEqual(["retire", "destroy"]);
});

test("what ended itself meanwhile hears nothing more", () => {
  const { lasting, rules, said, one, sweep } = lab(["a.example"]);
  const leave = lasting.add(one());
  lasting.replaced(rules, rulesFor([]));
  leave();
  sweep(100);
  expect(said).toEqual(["retire"]);
});

test("what was granted under rules that are gone when it stands is told to end at once", () => {
  const { lasting, said, one } = lab([]);
  lasting.add(one());
  expect(said).toEqual(["retire"]);
});

test("an upgrade may judge its own request again", () => {
  const { lasting, rules, said, one } = lab(["a.example"]);
  let allowed = true;
  lasting.add(one({ recheck: () => allowed }));
  lasting.replaced(rules, rules);
  expect(said).toEqual([]);
  allowed = false;
  lasting.replaced(rules, rules);
  expect(said).toEqual(["retire"]);
});
