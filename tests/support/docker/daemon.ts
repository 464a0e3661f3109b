/** A Docker daemon of the tests' own: its own data, socket and programs, no bridge, no rule in any firewall; it dies with the test. */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openEngine } from "../../../src/backends/docker/engine/engine.ts";
import type { Engine } from "../../../src/backends/docker/engine/engine.ts";
import { lacksProgram } from "../require.ts";
import { baseArchive, baseHash, baseName } from "./base.ts";

/** For `need`: undefined where a daemon can be started. */
export function lacksDocker(): string | undefined {
  if (process.getuid?.() !== 0) return "a Docker daemon of the test's own needs root";
  return lacksProgram("dockerd", "containerd", "runc", "docker-init", "debootstrap", "flock");
}

/** Not below a home: the daemon mounts no folder around its own data, and one test mounts the home. */
const shared = "/var/lib/claude-bottle-ci";

/** Milliseconds for everything that comes first on a machine that has nothing yet. */
export const preparation = 300_000;
const starting = 30_000;

export interface TestDaemon extends AsyncDisposable {
  readonly socket: string;
  readonly engine: Engine;
  /** SIGKILL, as a crash: its containers' processes live on. */
  crash(): Promise<void>;
  /** Starts it again with the same data. */
  restart(): Promise<void>;
  log(): string;
}

/** `own`: data of this daemon alone, which it loses in the end; else the data that all tests share, one daemon after the other. */
export async function openDaemon(options: { readonly own?: boolean } = {}): Promise<TestDaemon> {
  const dir = await mkdtemp(join(tmpdir(), "bottle-docker-"));
  const data = options.own === true ? join(dir, "data") : join(shared, baseHash);
  await mkdir(data, { recursive: true });
  const socket = join(dir, "docker.sock");
  let told = "";
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const argv = [
      ...["--data-root", join(data, "data"), "--exec-root", join(dir, "exec")],
      ...["--pidfile", join(dir, "pid"), "--host", `unix://${socket}`],
      ...["--bridge", "none", "--iptables=false", "--ip6tables=false", "--log-level", "warn"],
    ];
    // The lock is its own as long as it lives; the signal comes if this process dies.
    const lock = ["--no-fork", join(data, "lock")];
    const started = spawn(
      "flock",
      [...lock, "setpriv", "--pdeathsig", "TERM", "dockerd", ...argv],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      },
    );
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream
        .setEncoding("utf8")
        .on("data", (text: string) => (told = `${told}${text}`.slice(-20_000)));
    for (const begun = Date.now(); Date.now() - begun < preparation; await sleep(50)) {
      if (started.exitCode !== null) throw new Error(`dockerd ended: ${told}`);
      using probe = openEngine(socket);
      if (
        await probe.version().then(
          () => true,
          () => false,
        )
      )
        return;
    }
    throw new Error(`dockerd does not answer: ${told}`);
  };

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await Promise.race([gone, sleep(starting, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  };

  const containerd = (): number => {
    try {
      return Number(readFileSync(join(dir, "exec/containerd/containerd.pid"), "utf8"));
    } catch {
      return 0;
    }
  };

  await start();
  const engine = openEngine(socket);
  await ensureBase(engine);
  return {
    socket,
    engine,
    log: () => told,
    async crash() {
      // Its containerd would go on and keep the lock.
      const pid = containerd();
      await end("SIGKILL");
      if (pid > 1) process.kill(pid, "SIGKILL");
    },
    restart: async () => {
      await rm(join(dir, "pid"), { force: true });
      await start();
    },
    async [Symbol.asyncDispose]() {
      await removeAll(engine);
      engine[Symbol.dispose]();
      await end("SIGTERM");
      unmountBelow(dir);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Its end waits for every container's. */
async function removeAll(engine: Engine): Promise<void> {
  const found = await engine
    .call("GET", "/containers/json", { query: { all: "1" } })
    .catch(() => []);
  for (const { Id } of found as readonly { readonly Id: string }[])
    await engine
      .call("DELETE", `/containers/${Id}`, { query: { force: "1" } })
      .catch(() => undefined);
}

/** A daemon that was killed leaves its own mounts. */
function unmountBelow(dir: string): void {
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n").toReversed()) {
    const point = line.split(" ")[1] ?? "";
    if (point.startsWith(`${dir}/`)) spawnSync("umount", ["-l", point]);
  }
}

async function ensureBase(engine: Engine): Promise<void> {
  const { repository, tag } = baseName;
  const there = await engine
    .call("GET", `/images/${repository}:${tag}/json`)
    .catch(() => undefined);
  if (there !== undefined) return;
  const tar = createReadStream(await baseArchive());
  const query = { fromSrc: "-", repo: repository, tag };
  for await (const part of await engine.stream("POST", "/images/create", { query, tar })) void part;
}
