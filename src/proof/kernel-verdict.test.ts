/** The verdict under kernels that are not the host's: gVisor's answers of its own, and the release of a guest's. */
import { describe, expect, it } from "vitest";
import type { ProbeResult } from "../helper/protocol.ts";
import { gvisorAnswers } from "./gvisor-rules.ts";
import type { KernelKind } from "./rule.ts";
import { rulesFor } from "./rules.ts";
import type { CanaryReport } from "./verdict.ts";
import { judge } from "./verdict.ts";

const links = ["socket", "network"] as const;

describe.each(links)("the verdict of the link %s", (link) => {
  const host = rulesFor(link);
  const canaries = [...new Set(host.flatMap((rule) => rule.canaries ?? []))];

  function reportOf(kernel: KernelKind, changes: Partial<CanaryReport> = {}): CanaryReport {
    const states = new Map(canaries.map((name) => [name, "silent"] as const));
    return { states, allowedHost: true, link, kernel, ...changes };
  }

  function answersOf(kernel: KernelKind, changes: Readonly<Record<string, string>> = {}) {
    return rulesFor(link, kernel).map(({ name, expected, unlike }): ProbeResult => ({
      name,
      observed: changes[name] ?? (unlike === undefined ? (expected[0] ?? "") : "6.12.47"),
      ms: 1,
    }));
  }

  function failing(results: readonly ProbeResult[], report: CanaryReport): readonly string[] {
    const verdict = judge(results, report);
    const failed = verdict.probes.filter(({ ok }) => !ok).map(({ name }) => name);
    expect(verdict.ok).toBe(failed.length === 0);
    return failed;
  }

  describe("over gVisor's kernel", () => {
    const there = rulesFor(link, "gvisor");
    const failingThere = (name: string, observed: string): readonly string[] =>
      failing(answersOf("gvisor", { [name]: observed }), reportOf("gvisor"));

    it("takes its own answers, each of which has its reason and stands in place of a rule", () => {
      expect(failing(answersOf("gvisor"), reportOf("gvisor"))).toEqual([]);
      for (const { name, expected } of there)
        for (const observed of expected) expect(failingThere(name, observed)).toEqual([]);
      for (const [name, { why }] of Object.entries(gvisorAnswers)) {
        expect(why).not.toBe("");
        expect(there.map((rule) => rule.name)).toContain(name);
      }
    });

    it("takes none of them from this machine's kernel", () => {
      for (const [name, { expected }] of Object.entries(gvisorAnswers)) {
        const usual = host.find((rule) => rule.name === name)?.expected ?? [];
        for (const observed of expected.filter((one) => !usual.includes(one)))
          expect(failing(answersOf("host", { [name]: observed }), reportOf("host"))).toEqual([
            name,
          ]);
      }
    });

    it("fails where the kernel is another one, or does not say", () => {
      for (const observed of ["Linux version 6.18.0", "no result", "another", "EPERM", ""]) {
        expect(failingThere("kernel", observed)).toEqual(["kernel"]);
        expect(failingThere("kernel-log", observed)).toEqual(["kernel-log"]);
      }
      const silent = answersOf("gvisor").filter(({ name }) => name !== "kernel");
      expect(failing(silent, reportOf("gvisor"))).toEqual(["kernel"]);
    });

    it("fails every probe that observes what no closed boundary shows", () => {
      for (const { name } of there)
        for (const observed of ["timeout", "connected", "done", "", "200"])
          expect(failingThere(name, observed)).toEqual([name]);
    });
  });

  describe("over a guest's kernel", () => {
    const hostKernel = "6.1.0-18-amd64";
    const failingThere = (observed: string, changes: Partial<CanaryReport> = {}) =>
      failing(
        answersOf("guest", { "guest-kernel": observed }),
        reportOf("guest", { hostKernel, ...changes }),
      );

    it("takes any release but the host's", () => {
      expect(failingThere("6.12.47")).toEqual([]);
      expect(failingThere(`${hostKernel}-kata+`)).toEqual([]);
      expect(failingThere(hostKernel)).toEqual(["guest-kernel"]);
    });

    it.each([
      "",
      "timeout",
      "ENOENT",
      "no result",
      "another kernel than the host's",
      "6",
      "x6.1.0",
    ])("takes nothing that is no release: %j", (observed) =>
      expect(failingThere(observed)).toEqual(["guest-kernel"]),
    );

    it("takes none where nobody knows the host's", () => {
      expect(failing(answersOf("guest"), reportOf("guest"))).toEqual(["guest-kernel"]);
    });

    it("takes none that was not told", () => {
      const silent = answersOf("guest").filter(({ name }) => name !== "guest-kernel");
      expect(failing(silent, reportOf("guest", { hostKernel }))).toEqual(["guest-kernel"]);
    });
  });

  it("asks this machine's kernel neither", () => {
    const names = judge(answersOf("host"), reportOf("host")).probes.map(({ name }) => name);
    for (const name of ["kernel", "kernel-log", "guest-kernel"]) expect(names).not.toContain(name);
  });
});
