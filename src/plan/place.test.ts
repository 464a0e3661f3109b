import { describe, expect, it } from "vitest";
import type { BottleError } from "../errors/error.ts";
import { checkManifest } from "../manifest/check-manifest.ts";
import type { HostFacts, PlanRequest } from "./facts.ts";
import { renderPlan } from "./preflight.ts";
import { resolvePlan, wantedIsolation } from "./resolve.ts";

const facts: HostFacts = {
  rungs: [
    {
      rung: "runc",
      link: "network",
      images: true,
      availability: { available: true, detail: "Docker 28.1" },
    },
  ],
  built: ["namespace", "runc"],
  workspace: { source: "/home/me/app", git: true },
  home: "/home/me",
  place: { user: "me", machine: "Linux aarch64", clockAhead: 0 },
};
const request: PlanRequest = { headless: false, args: [], newId: (agent) => `${agent}-k3x9q` };
const manifest = checkManifest(
  "/home/me/bottles.yaml",
  `version: 1
bottles:
  there: {place: "ssh://me@vm", ttl: 90m}
  here: {}
  mine: {workspace: mount}
agents:
  a: {bottle: there, provider: shell}
  b: {bottle: here, provider: shell}
  c: {bottle: mine, provider: shell}
`,
);

describe("the plan of a bottle elsewhere", () => {
  it("says where, as whom, what is seen there, and how long it goes on alone", () => {
    const plan = resolvePlan(manifest, facts, { ...request, agent: "a" });
    expect(plan).toMatchObject({
      place: "ssh://me@vm",
      link: "network",
      rung: { chosen: "runc" },
      remote: { user: "me", machine: "Linux aarch64", ttl: 5400, clockAhead: 0 },
    });
    const text = renderPlan(plan).replaceAll(/\s+/g, " ");
    expect(text).toContain("ssh://me@vm: as me on a machine of its own (Linux aarch64)");
    expect(text).toContain("goes on for 90m, then it is stopped; its work stays");
    expect(text).toContain("who is root there sees it");
  });

  it("wants runc where the manifest says namespace, which is of this machine alone", () => {
    expect(wantedIsolation(manifest, { ...request, agent: "a" })).toMatchObject({
      place: "ssh://me@vm",
      rung: "runc",
    });
    expect(wantedIsolation(manifest, { ...request, agent: "b" })).toMatchObject({
      place: "local",
      rung: "namespace",
    });
    expect(wantedIsolation(manifest, { ...request, agent: "b", place: "ssh://vm" })).toMatchObject({
      place: "ssh://vm",
      rung: "runc",
    });
  });

  it("warns of a clock that is wrong there", () => {
    const place = { user: "me", machine: "Linux x86_64", clockAhead: -600 };
    const { hints } = resolvePlan(manifest, { ...facts, place }, { ...request, agent: "a" });
    expect(hints.join(" ")).toContain("600 seconds behind");
  });

  it("never mounts the owner's folder itself, and takes no place that is none", () => {
    const refusal = (over: Partial<PlanRequest>): BottleError => {
      try {
        resolvePlan(manifest, facts, { ...request, ...over });
      } catch (error) {
        return error as BottleError;
      }
      return expect.unreachable("it resolved");
    };
    expect(refusal({ agent: "c", place: "ssh://me@vm" }).code).toBe("E_PLAN_WORKSPACE");
    expect(refusal({ agent: "a", place: "ssh://-x" }).code).toBe("E_USAGE");
    expect(refusal({ agent: "a", place: "fly" }).code).toBe("E_USAGE");
  });
});
