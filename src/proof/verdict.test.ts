import { describe, expect, it } from "vitest";
import type { ProbeResult } from "../helper/protocol.ts";
import { boundariesOf, breakable, breakableOnLoopback, breakableOnNetwork } from "./boundaries.ts";
import { allProbes } from "./probes/index.ts";
import { rulesFor } from "./rules.ts";
import type { CanaryReport, CanaryState } from "./verdict.ts";
import { judge } from "./verdict.ts";

const links = ["socket", "network", "loopback"] as const;
const kernels = ["host", "gvisor", "guest"] as const;

describe.each(links)("the verdict of the link %s", (link) => {
  const rules = rulesFor(link);
  const canaryNames = [...new Set(rules.flatMap((rule) => rule.canaries ?? []))];

  function report(changes: Readonly<Record<string, CanaryState>> = {}): CanaryReport {
    const silent = canaryNames.map((name): [string, CanaryState] => [name, "silent"]);
    return { states: new Map([...silent, ...Object.entries(changes)]), allowedHost: true, link };
  }

  const good: readonly ProbeResult[] = rules.map(({ name, expected }) => ({
    name,
    observed: expected[0] ?? "",
    ms: 1,
  }));

  function observing(name: string, observed: string): readonly ProbeResult[] {
    return good.map((result) => (result.name === name ? { ...result, observed } : result));
  }

  function failing(results: readonly ProbeResult[], canaries = report()): readonly string[] {
    const verdict = judge(results, canaries);
    const failed = verdict.probes.filter((probe) => !probe.ok).map((probe) => probe.name);
    expect(verdict.ok).toBe(failed.length === 0);
    return failed;
  }

  it("passes when every probe observed what it must and every canary was silent", () => {
    expect(failing(good)).toEqual([]);
  });

  it("takes every observation of every rule", () => {
    for (const { name, expected } of rules)
      for (const observed of expected) expect(failing(observing(name, observed))).toEqual([]);
  });

  it.each(rules.map((rule) => rule.name))(
    "fails %s when it is missing, late, unknown, empty or told twice",
    (name) => {
      const own = good.filter((result) => result.name === name);
      expect(failing(good.filter((result) => result.name !== name))).toEqual([name]);
      expect(failing([...good, ...own])).toEqual([name]);
      for (const observed of ["timeout", "connected", "done", "", "200", "missing"])
        expect(failing(observing(name, observed))).toEqual([name]);
    },
  );

  it.each(canaryNames)(
    "fails the probes of the canary %s unless it is known to be silent",
    (name) => {
      const users = rules.filter((rule) => rule.canaries?.includes(name)).map((rule) => rule.name);
      expect(users.length).toBeGreaterThan(0);
      expect(failing(good, report({ [name]: "touched" }))).toEqual(users);
      expect(failing(good, report({ [name]: "unusable" }))).toEqual(users);
      const { states } = report();
      const others = new Map([...states].filter(([other]) => other !== name));
      expect(failing(good, { ...report(), states: others })).toEqual(users);
    },
  );

  it("judges by the errno alone where the host has no address for a canary, and says so", () => {
    const canaries = report({ "tcp-interface-ipv6": "absent" });
    expect(failing(good, canaries)).toEqual([]);
    const probe = judge(good, canaries).probes.find(({ name }) => name === "tcp-interface-ipv6");
    expect(probe?.canary).toBe("tcp-interface-ipv6 absent");
    expect(failing(observing("tcp-interface-ipv6", "connected"), canaries)).toEqual([
      "tcp-interface-ipv6",
    ]);
  });

  it("takes `no allowed host` only where the policy allows none", () => {
    const names = rules.filter((rule) => rule.unless?.when === "no-allowed-host");
    for (const { name } of names) {
      const results = observing(name, "no allowed host");
      expect(failing(results)).toEqual([name]);
      expect(failing(results, { ...report(), allowedHost: false })).toEqual([]);
    }
    expect(names.length).toBe(3);
  });

  it("takes untried system calls only under a filter, without new privileges and capabilities", () => {
    const untried = new Set(
      rules.filter((rule) => rule.unless?.when === "filtered").map((rule) => rule.name),
    );
    const results = good.map((result) =>
      untried.has(result.name) ? { ...result, observed: "not tried: no perl or python3" } : result,
    );
    expect(failing(results)).toEqual([]);
    const open = results.map((result) =>
      result.name === "seccomp-mode" ? { ...result, observed: "0" } : result,
    );
    expect(failing(open).toSorted()).toEqual([...untried, "seccomp-mode"].toSorted());
  });

  it("has a rule for every probe and a probe for every rule, at least twenty", () => {
    const probes = allProbes().map((probe) => probe.name);
    expect(probes).toEqual(expect.arrayContaining(rules.map((rule) => rule.name)));
    expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
    const all = links.flatMap((one) => kernels.flatMap((kernel) => rulesFor(one, kernel)));
    const judged = new Set(all.map((rule) => rule.name));
    expect(probes.filter((name) => !judged.has(name))).toEqual([]);
    expect(new Set(probes).size).toBe(probes.length);
    expect(probes.length).toBeGreaterThanOrEqual(20);
  });

  it("has probes for every boundary that a test can break", () => {
    const more =
      link === "network" ? breakableOnNetwork : link === "loopback" ? breakableOnLoopback : [];
    for (const boundary of [...breakable, ...more]) {
      const kernel = boundary === "kernel" ? "gvisor" : "host";
      expect(boundariesOf(link, kernel).get(boundary)?.length).toBeGreaterThan(0);
    }
  });
});
