import { describe, expect, it } from "vitest";
import { withDaemon } from "../support/docker/suite.ts";
import { resolveInPlace } from "../support/docker/listeners.ts";
import type { TestPlace } from "../support/docker/place.ts";
import { endOf, openClaude } from "./support/claude.ts";
import { openScene } from "./support/cli.ts";

const daemon = withDaemon({ networks: true });

function place(): TestPlace {
  const found = daemon().place;
  if (found === undefined) throw new Error("this daemon has no place of its own");
  return found;
}

const shell = `version: 1
bottles: {dev: {rung: runc, link: network}}
agents: {me: {bottle: dev, provider: shell}}
`;

async function networks(): Promise<readonly string[]> {
  const query = { filters: JSON.stringify({ label: ["claude-bottle.id"] }) };
  const found = await daemon().engine.call("GET", "/networks", { query });
  return (found as readonly { readonly Name: string }[]).map(({ Name }) => Name);
}

async function containers(): Promise<readonly unknown[]> {
  const found = await daemon().engine.call("GET", "/containers/json", { query: { all: "1" } });
  return found as readonly unknown[];
}

describe("the rung runc with the link network", () => {
  it("runs an agent behind a gateway of its own, and leaves no container and no network", async () => {
    await using scene = await openScene(shell);
    const result = await scene.start(["--headless", "--yes", "--prompt", "echo out; exit 7"]);
    expect(result).toMatchObject({ code: 7, stdout: "out\n" });
    expect(await containers()).toEqual([]);
    expect(await networks()).toEqual([]);
  });

  it.each([
    ["network", "routes"],
    ["bridge", "host-addresses"],
    ["link-layer", "udp-broadcast"],
    ["name-server", "dns-embedded"],
  ])("starts nothing where the boundary %s is open", async (boundary, probe) => {
    await using _resolver = await resolveInPlace(place());
    await using scene = await openScene(shell);
    const start = ["--headless", "--yes", "--prompt", "echo ran"];
    const result = await scene.start(start, { BOTTLE_TEST_BREAK: boundary });
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toContain("E_PROOF_FAILED");
    const { probes } = JSON.parse(await scene.record("proof.json")) as {
      readonly probes: readonly { readonly name: string; readonly ok: boolean }[];
    };
    expect(probes.filter(({ ok }) => !ok).map(({ name }) => name)).toContain(probe);
    expect(await containers()).toEqual([]);
    expect(await networks()).toEqual([]);
  });

  it("runs Claude Code, whose secret nobody but the gateway has", async () => {
    const answer = "the answer through the gateway";
    const turns = [{ kind: "text", text: answer }] as const;
    await using claude = await openClaude({ turns, address: place().upstream });
    const result = await claude.ask(["--rung", "runc", "--link", "network"]);
    expect(endOf(result)).toMatchObject({ is_error: false, result: answer });
    expect(claude.model.requests.length).toBeGreaterThan(0);
    const audit = await claude.scene.audit();
    expect(audit.some(({ event, status }) => event === "request" && status === 200)).toBe(true);
  });
});
