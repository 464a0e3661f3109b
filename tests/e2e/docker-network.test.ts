import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { searchSecrets } from "../../src/proof/secret-search.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { resolveInPlace } from "../support/docker/listeners.ts";
import type { TestPlace } from "../support/docker/place.ts";
import { endOf, openClaude } from "./support/claude.ts";
import { openScene } from "./support/cli.ts";

const daemon = withDaemon({ networks: true });
const patient = { timeout: 30_000, interval: 100 };

function place(): TestPlace {
  const found = daemon().place;
  if (found === undefined) throw new Error("this daemon has no place of its own");
  return found;
}

const shell = `version: 1
bottles: {dev: {rung: runc, link: network}}
agents: {me: {bottle: dev, provider: shell}}
`;

/** In an order of ours: the Engine has none. */
async function networks(): Promise<readonly string[]> {
  const query = { filters: JSON.stringify({ label: ["claude-bottle.id"] }) };
  const found = await daemon().engine.call("GET", "/networks", { query });
  return (found as readonly { readonly Name: string }[]).map(({ Name }) => Name).toSorted();
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
    ["network", "tcp-interface"],
    ["bridge", "host-addresses"],
    ["link-layer", "udp-broadcast"],
    ["name-server", "dns-embedded"],
  ])("starts nothing where the boundary %s is open", async (boundary, probe) => {
    await using resolver = await resolveInPlace(place());
    await using scene = await openScene(shell);
    const start = ["--headless", "--yes", "--prompt", "echo ran"];
    const result = await scene.start(start, { BOTTLE_TEST_BREAK: boundary });
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toContain("E_PROOF_FAILED");
    const { probes } = JSON.parse(await scene.record("proof.json")) as {
      readonly probes: readonly { readonly name: string; readonly ok: boolean }[];
    };
    expect(probes.filter(({ ok }) => !ok).map(({ name }) => name)).toContain(probe);
    expect((await resolver.heard()).length > 0).toBe(boundary === "name-server");
    expect(await containers()).toEqual([]);
    expect(await networks()).toEqual([]);
  });

  it("holds every check of the demo with the real Claude Code", async () => {
    await using scene = await openScene(shell);
    const result = await scene.run(["demo", "--rung", "runc", "--link", "network", "--json"]);
    const line = JSON.parse(result.stdout) as {
      readonly ok: boolean;
      readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
    };
    expect(line.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(line.checks.map(({ name }) => name)).toContain("probe:dns-embedded");
    expect(line).toMatchObject({ ok: true, rung: "runc" });
    expect(result.code).toBe(0);
    expect(await containers()).toEqual([]);
    expect(await networks()).toEqual([]);
  });

  it("has a bottle ready before it is asked for", async () => {
    await using scene = await openScene(shell);
    const env = { XDG_RUNTIME_DIR: join(scene.folder, "run") };
    mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
    const prepared = await scene.run(["prepare", "--manifest", scene.manifest, "--headless"], env);
    expect(prepared).toMatchObject({ code: 0 });
    const before = await networks();
    expect(before).toHaveLength(2);
    const run = scene.spawnStart(["--headless", "--yes", "--prompt", "echo mine; sleep 1"], env);
    await expect.poll(() => run.stdout(), patient).toBe("mine\n");
    expect(await networks()).toEqual(before);
    expect(await run.ended).toMatchObject({ code: 0 });
    await expect.poll(networks, patient).toEqual([]);
  });

  it("gives the secret to the gateway's memory, and to nothing that the daemon knows or keeps", async () => {
    const secret = "network-secret-4Kq8ZtVw2LmX";
    await using scene = await openScene(
      shell.replace(
        "link: network",
        'link: network, credentials: [{host: api.claude-bottle.example, header: "X-Api-Key: {secret}", secret: "env:NETWORK_SECRET"}]',
      ),
      { NETWORK_SECRET: secret },
    );
    const run = scene.spawnStart(["--headless", "--yes", "--prompt", "echo up; exec sleep 300"]);
    await expect.poll(() => run.stdout(), patient).toBe("up\n");
    const { engine, data } = daemon();
    const listed = (await containers()) as readonly {
      readonly Id: string;
      readonly Names: readonly string[];
    }[];
    expect(listed).toHaveLength(2);
    for (const { Id, Names } of listed) {
      for (const path of ["json", "top", "changes"])
        expect(JSON.stringify(await engine.call("GET", `/containers/${Id}/${path}`))).not.toContain(
          secret,
        );
      const { State } = (await engine.call("GET", `/containers/${Id}/json`)) as {
        readonly State: { readonly Pid: number };
      };
      const gateway = Names.some((name) => name.endsWith("-gateway"));
      const found = await searchSecrets({
        pids: [State.Pid],
        paths: [],
        values: [{ name: "secret", value: secret }],
        memory: gateway,
      });
      // The search finds it where it must be: in no argument and no variable, but in memory.
      expect(found.found.every(({ where }) => where.startsWith("memory"))).toBe(true);
      expect(found.found.length > 0).toBe(gateway);
    }
    for (const name of await networks())
      expect(JSON.stringify(await engine.call("GET", `/networks/${name}`))).not.toContain(secret);
    const paths = ["containers", "volumes", "network", "image"].map((name) =>
      join(data, "data", name),
    );
    const values = [{ name: "secret", value: secret }];
    const kept = await searchSecrets({ pids: [], paths, values, memory: false });
    expect(kept.found).toEqual([]);
    expect(kept.searched.files).toBeGreaterThan(0);
    expect(daemon().log()).not.toContain(secret);
    run.process.kill("SIGTERM");
    await run.ended;
  });

  it("makes the gateway's container read-only, nobody's, and without a right or a limit missing", async () => {
    await using scene = await openScene(shell);
    const run = scene.spawnStart(["--headless", "--yes", "--prompt", "echo up; exec sleep 300"]);
    await expect.poll(() => run.stdout(), patient).toBe("up\n");
    const listed = (await containers()) as readonly {
      readonly Id: string;
      readonly Names: readonly string[];
    }[];
    const gateway = listed.find(({ Names }) => Names.some((name) => name.endsWith("-gateway")));
    const { State } = (await daemon().engine.call("GET", `/containers/${gateway?.Id}/json`)) as {
      readonly State: { readonly Pid: number };
    };
    const status = readFileSync(`/proc/${State.Pid}/status`, "utf8");
    for (const line of [
      /^Uid:\t65532\t65532/m,
      /^CapEff:\t0+$/m,
      /^CapBnd:\t0+$/m,
      /^NoNewPrivs:\t1$/m,
      /^Seccomp:\t2$/m,
    ])
      expect(status).toMatch(line);
    const mounts = readFileSync(`/proc/${State.Pid}/mountinfo`, "utf8").split("\n");
    expect(mounts.find((line) => line.split(" ")[4] === "/")).toMatch(/ \/ ro[, ]/);
    expect(
      mounts.find((line) => line.split(" ")[4] === "/opt/claude-bottle/gateway-host.js"),
    ).toMatch(/ ro[, ]/);
    expect(readFileSync(`/proc/${State.Pid}/limits`, "utf8")).toMatch(
      /^Max core file size +1 +1 /m,
    );
    run.process.kill("SIGTERM");
    await run.ended;
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
