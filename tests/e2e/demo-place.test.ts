import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { homedir, tmpdir } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { gatewayRecipe } from "../../src/backends/docker/image/recipe.ts";
import { openWayBack } from "../../src/demo/elsewhere/way-back.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";
import { openScene } from "./support/cli.ts";
import type { CliResult } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";

const missing = lacksVm();
let vm: TestVm;

beforeAll(async () => {
  // As the machines of `bottle vm cloud-init` have it: no port is forwarded.
  if (missing === undefined) vm = await openVm({ sshd: ["AllowTcpForwarding no"] });
}, preparation);
beforeEach((context) => need(context, missing));
afterAll(() => vm?.[Symbol.asyncDispose](), preparation);

const patient = 120_000;
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

async function demo(env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; line: DemoLine }> {
  await using scene = await openScene(unused, {
    ...vm.env,
    XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
    XDG_RUNTIME_DIR: join(vm.home, "run"),
    ...env,
  });
  const { code, stdout, stderr } = await scene.run(["demo", "--place", vm.place, "--json"]);
  if (process.env["DBG"] !== undefined) console.log(stderr.slice(-3000), stdout.slice(0, 1500));
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
  it(
    "leads to one port here, hears whoever touches its canary there, and is gone with its connection",
    async () => {
      const server = createServer((socket) => socket.end("from here")).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const { engine, place } = vm;
      const options = {
        engine,
        place,
        image: gatewayRecipe(dist).name,
        uid: process.getuid?.() ?? 0,
      };
      const way = await openWayBack(options, port);
      expect(way.canary.touches()).toBe(0);
      const { hostname, port: there } = new URL(way.url);
      const say = (protocol: string, where: string): Promise<CliResult> =>
        vm.run(
          `exec bash -c 'exec 3<>/dev/${protocol}/${where.replace(":", "/")}; echo x >&3; cat <&3 & sleep 0.5'`,
        );
      expect(await say("tcp", `${hostname}:${there}`)).toMatchObject({ stdout: "from here" });
      const touched = [
        ...way.canary.tcp.map((one) => ["tcp", one] as const),
        ...way.canary.udp.map((one) => ["udp", one] as const),
      ];
      expect(touched).toHaveLength(4);
      for (const [index, [protocol, where]] of touched.entries()) {
        await say(protocol, where);
        await expect.poll(() => way.canary.touches()).toBe(index + 1);
      }
      expect((await vm.run("docker ps -q")).stdout).not.toBe("");
      await way[Symbol.asyncDispose]();
      expect(await left()).toBe("");
      server.close();
    },
    patient,
  );
});
