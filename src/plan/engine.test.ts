import { describe, expect, test } from "vitest";
import { checkManifest } from "../manifest/check-manifest.ts";
import type { HostFacts, PlanRequest } from "./facts.ts";
import { renderPlan } from "./preflight.ts";
import { resolvePlan } from "./resolve.ts";

const available = { available: true, detail: "" } as const;
const here: HostFacts = {
  built: ["namespace"],
  rungs: [{ rung: "namespace", availability: available }],
  workspace: { source: "/home/me/project", git: false },
  home: "/home/me",
};
const beside: HostFacts = {
  ...here,
  rungs: [{ rung: "namespace", availability: available, link: "network" }],
};
const request: PlanRequest = {
  headless: true,
  prompt: "go",
  args: [],
  newId: (agent) => `${agent}-00000`,
};

function plan(bottle: object, facts = here): ReturnType<typeof resolvePlan> {
  const text = JSON.stringify({
    version: 1,
    bottles: { dev: bottle },
    agents: { a: { bottle: "dev" } },
  });
  return resolvePlan(checkManifest("/home/me/m.yaml", text, { home: "/home/me" }), facts, request);
}

const shown = (bottle: object): string => renderPlan(plan(bottle)).replaceAll(/\s+/g, " ");
const proxy = { url: "http://proxy.corp.example:3128" };

describe("an engine in the plan", () => {
  test("is there with everything that was not written", () => {
    expect(plan({ engine: "pipelock" }).engine).toEqual({
      name: "pipelock",
      as: "verdict",
      program: null,
      conversation: "unread",
      entropy: 4.5,
    });
    expect(plan({}).engine).toBeUndefined();
  });

  test("has an absolute program", () => {
    const engine = { name: "pipelock", program: "~/bin/pipelock" };
    expect(plan({ engine }).engine?.program).toBe("/home/me/bin/pipelock");
  });

  test("says where it stands, what it does not see, and which program it is", () => {
    const verdict = shown({ engine: { name: "pipelock", program: "/opt/pipelock" } });
    expect(verdict).toContain("before a credential is in it");
    expect(verdict).toContain("does not read what the agent says to its own model");
    expect(verdict).toContain("the program: /opt/pipelock");
    expect(shown({ engine: { name: "pipelock", conversation: "read" } })).not.toContain(
      "does not read",
    );
    const tunnel = { allow: [{ host: "pinned.example.org", tunnel: true }] };
    expect(shown({ engine: "pipelock", egress: tunnel })).toContain(
      "what goes through unread is not shown to it",
    );
    expect(shown({ engine: { name: "pipelock", as: "last-hop" } })).toContain("is the way out");
    expect(shown({})).not.toContain("pipelock");
  });

  test("as the last hop stands beside no other proxy; for verdicts it may", () => {
    const bottle = { engine: { name: "pipelock", as: "last-hop" }, upstreamProxy: proxy };
    expect(() => plan(bottle)).toThrow(expect.objectContaining({ code: "E_PLAN_ENGINE" }));
    expect(plan({ engine: "pipelock", upstreamProxy: proxy }).engine?.as).toBe("verdict");
  });

  test("as the last hop serves no gateway beside its bottle; for verdicts it does", () => {
    const bottle = { engine: { name: "pipelock", as: "last-hop" } };
    expect(() => plan(bottle, beside)).toThrow(expect.objectContaining({ code: "E_PLAN_ENGINE" }));
    expect(plan({ engine: "pipelock" }, beside).link).toBe("network");
  });

  test.each([
    ["alone", "E_MANIFEST_NOT_YET"],
    ["first", "E_MANIFEST_VALUE"],
  ])("as %s is refused by the manifest", (as, code) => {
    const codes = { errors: [expect.objectContaining({ code })] };
    expect(() => plan({ engine: { name: "pipelock", as } })).toThrow(
      expect.objectContaining(codes),
    );
  });
});
