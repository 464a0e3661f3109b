import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { homedir, tmpdir } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { gatewayRecipe } from "../../src/backends/docker/image/recipe.ts";
import { watchThere } from "../../src/demo/elsewhere/watch.ts";
import { openWayBack } from "../../src/demo/elsewhere/way-back.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { CliResult } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";

const missing = lacksVm();
let vm: TestVm;

beforeAll(async () => {
  // No port is forwarded to that machine's loopback.
  if (missing === undefined) vm = await openVm({ sshd: ["AllowTcpForwarding no"] });
}, preparation);
beforeEach((context) => need(context, missing));
afterAll(() => vm?.[Symbol.asyncDispose](), preparation);

const patient = 120_000;
const slow = { timeout: 30_000, interval: 200 };
const dist = resolve(import.meta.dirname, "../../dist");
const unused = manifestText({ provider: "shell" });

interface DemoLine {
  readonly ok: boolean;
  readonly rung: string;
  readonly place: string;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

/** The agent is this machine's: not sent for again. */
const there = (): NodeJS.ProcessEnv => ({
  ...vm.env,
  XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  XDG_RUNTIME_DIR: join(vm.home, "run"),
});

async function demo(env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; line: DemoLine }> {
  await using scene = await openScene(unused, { ...there(), ...env });
  const { code, stdout, stderr } = await scene.run(["demo", "--place", vm.place, "--json"]);
  expect(stdout, stderr).toMatch(/^[^\n]+\n$/);
  return { code, line: JSON.parse(stdout) as DemoLine };
}

/** Whatever is with Docker there, and the demo's folders here. */
async function left(): Promise<string> {
  const { stdout } = await vm.run(
    "docker ps -aq; docker network ls -q --filter label=claude-bottle.id; docker volume ls -q --filter label=claude-bottle.id",
  );
  const here = (await readdir(tmpdir())).filter((name) => name.startsWith("bottle-demo-there-"));
  return [stdout, ...here].join("");
}

describe("bottle demo --place", () => {
  it(
    "holds every check with the real Claude Code there, and leaves nothing",
    async () => {
      const { code, line } = await demo();
      expect(line.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(line).toMatchObject({ ok: true, rung: "runc", place: vm.place });
      expect(code).toBe(0);
      const names = line.checks.map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining(["hello", "injection", "direct-connection", "name-resolution"]),
      );
      // What of this machine the bottle could not see even with every boundary open is not claimed.
      for (const name of ["host-home", "secret-search", "nothing-left"])
        expect(names).not.toContain(name);
      expect(names).toEqual(
        expect.arrayContaining(["secret-search-there", "nothing-left-there", "probe:dns-embedded"]),
      );
      expect(await left()).toBe("");
    },
    patient,
  );

  it(
    "says which check does not hold when a boundary there is open",
    async () => {
      const { code, line } = await demo({ BOTTLE_TEST_BREAK: "bridge" });
      expect(line.ok).toBe(false);
      expect(code).toBe(1);
      const failed = line.checks.filter(({ ok }) => !ok);
      expect(failed.map(({ name }) => name)).toContain("probe:host-addresses");
      expect(failed.some(({ detail }) => detail.includes("expected"))).toBe(true);
      expect(await left()).toBe("");
    },
    patient,
  );
});

describe("the way back of a demo elsewhere", () => {
  it("leads to one port here, hears whoever touches its canary there, and is gone when it is closed", async () => {
    const server = createServer((socket) => socket.end("from here")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { engine, place } = vm;
    const image = gatewayRecipe(dist).name;
    const way = await openWayBack({ engine, place, image, uid: process.getuid?.() ?? 0 }, port);
    const { hostname, port: there } = new URL(way.url);
    const inside = (words: string): Promise<CliResult> => vm.run(`timeout 5 bash -c '${words}'`);
    expect(await inside(`cat </dev/tcp/${hostname}/${there}`)).toMatchObject({
      code: 0,
      stdout: "from here",
    });
    const { tcp, udp, touches } = way.canary;
    expect(touches()).toBe(0);
    const devices = [...tcp.map((one) => `tcp/${one}`), ...udp.map((one) => `udp/${one}`)];
    expect(devices).toHaveLength(4);
    for (const [index, device] of devices.entries()) {
      await inside(`echo x >/dev/${device.replace(":", "/")}`);
      await expect.poll(() => touches()).toBe(index + 1);
    }
    const { stdout } = await vm.run("docker ps -q");
    expect(stdout).not.toBe("");
    await way[Symbol.asyncDispose]();
    expect(await left()).toBe("");
    server.close();
  });

  it("is gone when the demo is killed", async () => {
    await using scene = await openScene(unused, there());
    const argv = [cliProgram, "demo", "--place", vm.place];
    // Its folder goes with the scene's.
    const env = { ...scene.env, TMPDIR: scene.folder };
    const child = spawn(process.execPath, argv, { env, stdio: "ignore" });
    const ended = once(child, "close");
    await expect
      .poll(async () => (await vm.run("docker ps --format '{{.Names}}'")).stdout, slow)
      .toMatch(/^claude-bottle-demo-way-/);
    child.kill("SIGKILL");
    await ended;
    await expect.poll(left, slow).toBe("");
  });
});

describe("the look from outside at a bottle elsewhere", () => {
  const token = "sk-ant-oat01-0a1b2c3d4e5f60718293a4b5c6d7e8f9";

  it("finds a token that Docker there shows, and does not pass what is left or what it did not see", async () => {
    const watch = watchThere(vm.engine);
    const id = "demo-seen0";
    const image = gatewayRecipe(dist).name;
    const made = await vm.run(
      `docker create --label claude-bottle.id=${id} --env T=${token} ${image} /nothing`,
    );
    expect(made).toMatchObject({ code: 0 });
    expect(watch.search().ok).toBe(false);
    await watch.look(id, { token, stateHome: "" });
    const found = watch.search();
    expect(found).toMatchObject({ ok: false });
    expect(found.detail).toMatch(/^containers\/[^ ]+\/json$/);
    const still = await watch.left();
    expect(still).toMatchObject({ ok: false });
    expect(still.detail).toMatch(/^still there: /);
    await vm.run(`docker rm ${made.stdout.trim()}`);
    expect(await watch.left()).toMatchObject({ ok: true });
    const none = watchThere(vm.engine);
    await none.look("demo-none0", { token, stateHome: "" });
    expect(none.search().ok).toBe(false);
    expect((await none.left()).ok).toBe(false);
  });
});
