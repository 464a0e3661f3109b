/** Images with helper and agent in them, on a daemon of this machine and on one that shares nothing with it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bakeImage } from "../../src/backends/docker/baked/bake.ts";
import { bakedImages } from "../../src/backends/docker/baked/baked.ts";
import { bakedSpec } from "../../src/backends/docker/baked/find.ts";
import type { Engine } from "../../src/backends/docker/engine/engine.ts";
import { readImage } from "../../src/backends/docker/image/image.ts";
import type { LaunchSpec } from "../../src/lifecycle/backend.ts";
import { volumePlace } from "../../src/backends/docker/carried/volumes.ts";
import { programHash } from "../../src/backends/docker/program-hash.ts";
import { dist } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { ensureTiny, tinyImage } from "../support/docker/tiny.ts";
import { withGvisor } from "../support/gvisor/suite.ts";
import { openScene } from "./support/cli.ts";
import { containersOf, shellOn } from "./support/image-rung.ts";

const dir = mkdtempSync(join(tmpdir(), "bottle-bake-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const patient = { timeout: 30_000, interval: 100 };

interface Inspected {
  readonly Image: string;
  readonly Mounts: readonly { readonly Destination: string }[];
}

interface Layers {
  readonly RootFS: { readonly Layers: readonly string[] };
}

/** The data are those of other tests as well, whose bottles would be made of them. */
async function clear(engine: Engine): Promise<void> {
  for (const { name } of await bakedImages(engine))
    await engine.call("DELETE", `/images/${encodeURIComponent(name)}`);
}

/** Images of the containers that were made since then. */
async function made(engine: Engine, since: string): Promise<readonly string[]> {
  const filters = JSON.stringify({ type: ["container"], event: ["create"] });
  const query = { since, until: String(Date.now() / 1000), filters };
  let said = "";
  for await (const part of await engine.stream("GET", "/events", { query })) said += part;
  return said
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [(JSON.parse(line) as { readonly from: string }).from]));
}

describe("a baked image", () => {
  const daemon = withDaemon();

  it("is taken by the starts that it has the programs of, which then mount neither; the agent cannot write them", async () => {
    await using scene = await openScene(shellOn("runc"));
    const baked = await scene.run(["image", "bake", "--agent", "shell"]);
    expect(baked).toMatchObject({ code: 0 });
    const name = baked.stdout.trim();
    expect(name).toMatch(/^claude-bottle\/baked:[0-9a-f]{16}$/);
    const again = await scene.run(["image", "bake", "--agent", "shell"]);
    expect(again).toMatchObject({ code: 0, stdout: baked.stdout });
    expect(again.stderr).not.toContain("baking");
    const { id } = await readImage(daemon().engine, name);
    const script =
      "stat -c '%u %a %Y' /opt/claude-bottle/helper.js; rm -f /opt/claude-bottle/helper.js; echo x > /opt/claude-bottle/helper.js; sleep 300";
    const run = scene.spawnStart(["--headless", "--yes", "--prompt", script]);
    await expect.poll(() => run.stdout(), patient).toBe("0 444 0\n");
    const [found] = (await containersOf(daemon())) as readonly { readonly Id: string }[];
    const path = `/containers/${found?.Id ?? ""}/json`;
    const { Image, Mounts } = (await daemon().engine.call("GET", path)) as Inspected;
    run.process.kill("SIGTERM");
    const { stderr } = await run.ended;
    expect(stderr.match(/[Rr]ead-only file system/g)).toHaveLength(2);
    expect(Image).toBe(id);
    expect(Mounts.map(({ Destination }) => Destination)).not.toContain(
      "/opt/claude-bottle/helper.js",
    );
  });

  it("has nothing of this machine but the programs, and says what it is for", async () => {
    await using scene = await openScene(shellOn("runc"));
    const { stdout } = await scene.run(["image", "list", "--manifest", scene.manifest]);
    expect(stdout).toMatch(/^claude-bottle\/baked:\w+ {2}\d+ MB {2}shell system .*, baked$/m);
    const [one] = await bakedImages(daemon().engine);
    const path = `/images/${encodeURIComponent(one?.name ?? "")}`;
    for (const of of ["json", "history"])
      expect(JSON.stringify(await daemon().engine.call("GET", `${path}/${of}`))).not.toContain(
        process.cwd(),
      );
  });

  it("runs the real Claude Code with every check of the demo", async () => {
    await using scene = await openScene(shellOn("runc"));
    const baked = await scene.run(["image", "bake"]);
    expect(baked).toMatchObject({ code: 0 });
    const { id } = await readImage(daemon().engine, baked.stdout.trim());
    const since = String(Date.now() / 1000);
    const result = await scene.run(["demo", "--rung", "runc", "--json"]);
    const line = JSON.parse(result.stdout) as {
      readonly ok: boolean;
      readonly checks: readonly { readonly ok: boolean }[];
    };
    expect(line.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(line.ok).toBe(true);
    expect(await made(daemon().engine, since)).toContain(id);
  });

  it("is taken for these programs and no others, whatever labels an image has, and shares all layers but the agent's", async () => {
    const { engine } = daemon();
    await ensureTiny(engine);
    const { id: base } = await readImage(engine, tinyImage);
    const [helper, agent] = [join(dir, "helper"), join(dir, "agent")];
    writeFileSync(helper, "helper");
    writeFileSync(agent, "agent 1", { mode: 0o755 });
    const mounts = [
      { source: helper, target: "/opt/claude-bottle/helper.js", mode: "ro" },
      { source: agent, target: "/opt/claude-bottle/agent", mode: "ro" },
    ] as const;
    const other = { source: dir, target: "/data", mode: "ro" } as const;
    const spec = {
      image: base,
      mounts: [...mounts, other],
      programs: mounts.map(({ target }) => target),
    } as unknown as LaunchSpec;
    const bake = (name: string): Promise<{ readonly id: string; readonly name: string }> =>
      bakeImage(engine, { base, agent: name, programs: mounts }, () => undefined);
    const taken = async (one: LaunchSpec = spec, of: string = base): Promise<LaunchSpec> =>
      bakedSpec(one, of, await bakedImages(engine));
    const layers = async (id: string): Promise<readonly string[]> =>
      ((await engine.call("GET", `/images/${id}/json`)) as Layers).RootFS.Layers;

    const first = await bake("agent 1");
    expect(await taken()).toMatchObject({ image: first.id, mounts: [other] });
    // Touched, and the same.
    writeFileSync(agent, "agent 1");
    expect(await taken()).toMatchObject({ image: first.id });
    // Another program, more or fewer of them, another base.
    writeFileSync(agent, "agent 2");
    expect(await taken()).toBe(spec);
    const second = await bake("agent 2");
    expect(second.name).not.toBe(first.name);
    expect(await taken()).toMatchObject({ image: second.id });
    const fewer = { ...spec, programs: ["/opt/claude-bottle/helper.js"] };
    expect(await taken(fewer)).toBe(fewer);
    expect(await taken(spec, "sha256:other")).toBe(spec);
    const [one, two] = [await layers(first.id), await layers(second.id)];
    expect(one).toHaveLength((await layers(base)).length + 2);
    expect([one.slice(0, -1), one.at(-1) === two.at(-1)]).toEqual([two.slice(0, -1), false]);
    // Its labels under another name: anybody's image may have them.
    const copy = `/images/${encodeURIComponent(second.name)}`;
    await engine.call("POST", `${copy}/tag`, { query: { repo: "claude-bottle/baked", tag: "x" } });
    await engine.call("DELETE", copy);
    expect(await taken()).toBe(spec);
    // The same again, from nothing, is the same.
    await engine.call("DELETE", "/images/claude-bottle%2Fbaked:x");
    const anew = await bake("agent 2");
    expect([anew.name, await layers(anew.id)]).toEqual([second.name, two]);
  });

  it("goes when nothing is made of it any more", async () => {
    await using scene = await openScene(shellOn("runc"));
    const where = ["--manifest", scene.manifest];
    const before = await bakedImages(daemon().engine);
    const stale = before.filter(({ agent }) => agent.startsWith("agent "));
    expect(stale).toHaveLength(2);
    const { stdout } = await scene.run(["image", "prune", ...where]);
    for (const { name } of stale) expect(stdout).toContain(`removed ${name}\n`);
    const after = (await bakedImages(daemon().engine)).map(({ agent }) => agent.split(" ")[0]);
    expect(new Set(after)).toEqual(new Set(["claude", "shell"]));
    await clear(daemon().engine);
  });
});

describe("on the rung gvisor", () => {
  const daemon = withGvisor();

  it("is taken as well, and cannot be written", async () => {
    const { engine } = daemon();
    await using scene = await openScene(shellOn("gvisor"));
    const baked = await scene.run(["image", "bake", "--agent", "shell"]);
    expect(baked).toMatchObject({ code: 0 });
    const { id } = await readImage(engine, baked.stdout.trim());
    const since = String(Date.now() / 1000);
    const script = "echo x > /opt/claude-bottle/helper.js";
    const run = await scene.start(["--headless", "--yes", "--prompt", script]);
    // gVisor asks first whether that user may.
    expect(run.stderr).toContain("helper.js: Permission denied");
    expect(await made(engine, since)).toContain(id);
    await clear(engine);
  });
});

describe("on a daemon elsewhere", () => {
  const daemon = withDaemon({ networks: true, elsewhere: true });

  it("spares the volumes of programs: what is carried is the bottle's own", async () => {
    const { engine } = daemon();
    const manifest = shellOn("runc").replace("rung: runc", "rung: runc, link: network");
    await using scene = await openScene(manifest);
    await scene.run(["image", "prune", "--manifest", scene.manifest]);
    const baked = await scene.run(["image", "bake", "--agent", "shell"]);
    expect(baked).toMatchObject({ code: 0 });
    const { id } = await readImage(engine, baked.stdout.trim());
    const since = String(Date.now() / 1000);
    const script = "test -f /opt/claude-bottle/helper.js && ls /opt/claude-bottle/carried";
    const run = await scene.start(["--headless", "--yes", "--prompt", script]);
    // The files of /etc, whose agent is this bottle's.
    expect(run).toMatchObject({ code: 0, stdout: "0\n" });
    expect(await made(engine, since)).toContain(id);
    const volume = `claude-bottle-program-${await programHash(join(dist, "helper.js"))}`;
    expect(await volumePlace(engine, volume)).toBeUndefined();
    await clear(engine);
    expect(await scene.start(["--headless", "--yes", "--prompt", script])).toMatchObject({
      ...{ code: 0, stdout: "0\n1\n" },
    });
    expect(await volumePlace(engine, volume)).toBeDefined();
  });
});
