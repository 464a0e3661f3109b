import { readFileSync } from "node:fs";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { searchSecrets } from "../../src/proof/secret-search.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { makeImages } from "../support/vm/images.ts";
import type { Owner } from "../support/vm/owners.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";
import { endOf, openClaude } from "./support/claude.ts";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { token } from "./support/manifest.ts";

const missing = lacksVm();
let vm: TestVm;

beforeAll(async () => {
  if (missing !== undefined) return;
  vm = await openVm({ upstream: true, hasty: true });
  await makeImages(vm);
}, preparation);
beforeEach((context) => need(context, missing));
afterAll(() => vm?.[Symbol.asyncDispose](), preparation);

const patient = 180_000;

const from = ({ env, home }: Owner): NodeJS.ProcessEnv => ({
  ...env,
  XDG_RUNTIME_DIR: join(home, "run"),
});

function manifest(keys = ""): string {
  return `version: 1
bottles: {dev: {place: "${vm.place}"${keys}}}
agents: {me: {bottle: dev, provider: shell}}
`;
}

/** Containers, networks and volumes of one bottle, on the machine. */
async function left(id: string): Promise<string> {
  const of = `--filter label=claude-bottle.id=${id}`;
  const { stdout } = await vm.run(
    `docker ps -aq ${of}; docker network ls -q ${of}; docker volume ls -q ${of}`,
  );
  return stdout;
}

async function until(what: string, wanted: () => Promise<boolean> | boolean): Promise<void> {
  for (const begun = Date.now(); !(await wanted()); await sleep(250))
    if (Date.now() - begun > 120_000) throw new Error(`it never came: ${what}`);
}

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly place: string;
  readonly cutSince: number | null;
  readonly error: string | null;
}

async function only(scene: Scene): Promise<Listed> {
  const { stdout } = await scene.run(["ps", "--all", "--format", "json"]);
  const [one] = JSON.parse(stdout) as readonly Listed[];
  if (one === undefined) throw new Error("there is no bottle");
  return one;
}

// Each has an owner and a bottle of its own on the machine, and they mostly wait: they do so together.
describe.concurrent("a bottle on another machine", () => {
  it(
    "works on a copy of the workspace there, brings its work back, and leaves nothing",
    async () => {
      await using scene = await openScene(manifest(), from(vm.owner()));
      await mkdir(join(scene.workspace, "sub"));
      const prompt = "uname -n; ls -d sub; echo made >sub/made; echo to-err >&2; exit 7";
      const end = await scene.start(["--headless", "--yes", "--prompt", prompt]);
      expect(end).toMatchObject({ code: 7, stdout: "bottle\nsub\n" });
      expect(end.stderr).toMatch(/^to-err$/m);
      const { id, place } = await only(scene);
      expect(place).toBe(vm.place);
      const record = join(scene.stateHome, "claude-bottle", id);
      expect(await readFile(join(record, "workspace/sub/made"), "utf8")).toBe("made\n");
      expect(await left(id)).toBe("");
    },
    patient,
  );

  it(
    "runs Claude Code, and the secret is in the memory of its gateway there and nowhere else",
    async () => {
      let search: Promise<Search> | undefined;
      const answer = "the answer over the wire";
      await using claude = await openClaude({
        turns: [{ kind: "text", text: answer }],
        address: vm.upstream,
        beforeTurn: async () => void (await (search ??= searchMachine(vm, token))),
      });
      const result = await claude.ask(["--place", vm.place], from(vm.owner()));
      expect(endOf(result)).toMatchObject({ is_error: false, result: answer });
      const found = await search;
      expect(found?.outside).toEqual([]);
      // The search finds it where it must be, and in what its way led through: sshd, and the daemon that gave it to the gateway.
      const way = /^(?:sshd:|dockerd |\/usr\/bin\/containerd-shim)/;
      expect(found?.memory.filter((argv) => !way.test(argv))).toEqual([
        expect.stringMatching(/^bottle-gateway/) as string,
      ]);
      const { probes } = JSON.parse(await claude.scene.record("proof.json")) as {
        readonly probes: readonly { readonly ok: boolean }[];
      };
      expect(probes.length).toBeGreaterThan(20);
      expect(probes.every(({ ok }) => ok)).toBe(true);
      expect(await left((await only(claude.scene)).id)).toBe("");
    },
    patient,
  );
});

describe.concurrent("a cut", () => {
  it(
    "leaves the agent running, is shown by ps, and what it wrote meanwhile comes when it is healed",
    async () => {
      const owner = vm.owner();
      await using scene = await openScene(manifest(), from(owner));
      const prompt = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i; sleep 0.5; done; exit 5";
      const cli = scene.spawnStart(["--headless", "--yes", "--prompt", prompt]);
      await until("output", () => cli.stdout().includes("3\n"));
      await owner.cut();
      await owner.noticed();
      await until("a cut", async () => (await only(scene)).cutSince !== null);
      expect((await scene.run(["ps"])).stdout).toContain("running, cut off for");
      await owner.restore();
      const end = await cli.ended;
      const lines = Array.from({ length: 40 }, (_, at) => `${at + 1}\n`).join("");
      expect(end).toMatchObject({ code: 5, stdout: lines });
      expect(await left((await only(scene)).id)).toBe("");
    },
    patient,
  );

  it(
    "and a command that died with it keep nobody from attaching later",
    async () => {
      const owner = vm.owner();
      await using scene = await openScene(manifest(), from(owner));
      const prompt = "while [ ! -e go ]; do sleep 0.2; done; echo on; exit 3";
      const { stdout } = await scene.start(["--detach", "--headless", "--yes", "--prompt", prompt]);
      const id = stdout.trim();
      await owner.cut();
      await owner.noticed();
      await until("a cut", async () => (await only(scene)).cutSince !== null);
      await owner.restore();
      await until("the end of it", async () => (await only(scene)).cutSince === null);
      const volume = `/var/lib/docker/volumes/claude-bottle-${id}-workspace/_data`;
      const attached = scene.run(["attach", id]);
      await sleep(1_000);
      expect(await vm.run(`touch ${volume}/go`)).toMatchObject({ code: 0 });
      expect(await attached).toMatchObject({ code: 3 });
      expect(await left(id)).toBe("");
    },
    patient,
  );

  it("longer than the time to live ends the bottle there; its work is fetched when the way is back", async () => {
    const owner = vm.owner();
    await using scene = await openScene(manifest(", ttl: 1m"), from(owner));
    const prompt = "echo work >work; sync; sleep 1000";
    const { stdout } = await scene.start(["--detach", "--headless", "--yes", "--prompt", prompt]);
    const id = stdout.trim();
    await owner.cut();
    const running = `docker ps -q --filter label=claude-bottle.id=${id}`;
    expect((await vm.run(running)).stdout).not.toBe("");
    await until("its end there", async () => (await vm.run(running)).stdout === "");
    await until("its end here", async () => (await only(scene)).state === "failed");
    // Whichever of the two is given up first.
    expect((await only(scene)).error).toMatch(/^E_(?:PLACE|GATEWAY)_LOST$/);
    await owner.restore();
    const resumed = await scene.run(["resume", id, "--headless", "--yes", "--prompt", "cat work"]);
    expect(resumed).toMatchObject({ code: 0, stdout: "work\n" });
    const record = join(scene.stateHome, "claude-bottle", id);
    expect(await readFile(join(record, "workspace/work"), "utf8")).toBe("work\n");
    expect(await left(id)).toBe("");
  }, 300_000);
});

// Alone: the machine is everybody's.
describe("the machine", () => {
  it("has nothing of any bottle in the end", async () => {
    const of = "--filter label=claude-bottle.id";
    const all = `docker ps -aq; docker network ls -q ${of}; docker volume ls -q ${of}`;
    expect(await vm.run(all)).toMatchObject({ code: 0, stdout: "" });
  });

  it("started anew ends its bottle, and the work is fetched", async () => {
    await using scene = await openScene(manifest(", ttl: 2m"), from(vm.owner()));
    const prompt = "echo work >work; sync; sleep 1000";
    const { stdout } = await scene.start(["--detach", "--headless", "--yes", "--prompt", prompt]);
    const id = stdout.trim();
    await vm.halt();
    await vm.boot();
    await until("its end", async () => ["failed", "exited"].includes((await only(scene)).state));
    const resumed = await scene.run(["resume", id, "--headless", "--yes", "--prompt", "cat work"]);
    expect(resumed).toMatchObject({ code: 0, stdout: "work\n" });
    expect(await left(id)).toBe("");
  }, 300_000);
});

interface Search {
  /** Wherever it must not be. */
  readonly outside: readonly string[];
  /** Arguments of the programs that have it in memory. */
  readonly memory: readonly string[];
}

/** All of the machine, past the wire: files of every container and volume, what the daemon knows, arguments, environments, memory. */
async function searchMachine(machine: TestVm, secret: string): Promise<Search> {
  const outside: string[] = [];
  const files = await machine.run(
    `grep -rlaF -e '${secret}' /etc /home /root /run /tmp /var 2>/dev/null; grep -rlaF -e '${secret}' /dev/shm; true`,
  );
  outside.push(...files.stdout.split("\n").filter((line) => line !== ""));
  const known = await machine.run(
    "docker ps -aq | xargs -r docker inspect; docker volume inspect $(docker volume ls -q); docker network inspect $(docker network ls -q); docker image inspect $(docker images -q); docker events --since 1h --until 0s",
  );
  if (known.stdout.includes(secret)) outside.push("what the daemon knows");
  const memory: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const of = (name: string): string => {
      try {
        return readFileSync(`/proc/${pid}/${name}`, "latin1");
      } catch {
        return "";
      }
    };
    const argv = of("cmdline");
    // The programs of the machine, and every ssh of ours, wherever it runs.
    const theirs =
      of("mountinfo").includes(" /var/lib/docker") || of("cgroup").includes("bottle-vm-");
    if (argv.includes("ssh\0") && (argv + of("environ")).includes(secret)) outside.push(argv);
    if (!theirs) continue;
    const values = [{ name: "the token", value: secret }];
    const { found } = await searchSecrets({ pids: [Number(pid)], paths: [], values, memory: true });
    for (const { where } of found)
      if (where.includes("memory")) memory.push(argv.replaceAll("\0", " "));
      else outside.push(`${where}: ${argv}`);
  }
  return { outside, memory };
}
