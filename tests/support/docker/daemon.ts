/**
 * A Docker daemon of the tests' own: its own data, socket and programs; it dies with the test. It has no bridge and no rule in any
 * firewall, or it is in a place of its own (place.ts).
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createReadStream, readFileSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openEngine } from "../../../src/backends/docker/engine/engine.ts";
import type { Engine } from "../../../src/backends/docker/engine/engine.ts";
import { readProcess } from "../../../src/host/process.ts";
import { lacksProgram } from "../require.ts";
import { baseArchive, baseHash, baseName } from "./base.ts";
import { openPlace } from "./place.ts";
import type { TestPlace } from "./place.ts";

/** For `need`: undefined where a daemon can be started. */
export function lacksDocker(): string | undefined {
  if (process.getuid?.() !== 0) return "a Docker daemon of the test's own needs root";
  return lacksProgram("dockerd", "containerd", "runc", "docker-init", "debootstrap", "flock");
}

/** Not below a home: the daemon mounts no folder around its own data, and one test mounts the home. Elsewhere for runs side by side. */
export const shared: string = process.env["BOTTLE_TEST_DATA"] ?? "/var/lib/claude-bottle-ci";

/** Milliseconds for everything that comes first on a machine that has nothing yet. */
export const preparation = 300_000;
const starting = 30_000;

export interface TestDaemon extends AsyncDisposable {
  readonly socket: string;
  /** Where it has its networks. */
  readonly place: TestPlace | undefined;
  /** Its own folder, with its `data` below. */
  readonly data: string;
  readonly engine: Engine;
  /** SIGKILL, as a crash: its containers' processes live on. */
  crash(): Promise<void>;
  /** Lets it hang, as a daemon on a disk that does not answer, until `wake`. */
  hang(): void;
  wake(): void;
  /** Starts it again with the same data. */
  restart(): Promise<void>;
  /** Its containerd, and the shim of each container, the daemon's own child processes and theirs. */
  processes(name: "containerd" | "containerd-shim"): readonly number[];
  /** Where it keeps what is gone when a machine is started anew. */
  readonly runtimeDir: string;
  log(): string;
}

export interface DaemonOptions {
  /** Data of this daemon alone, which it loses in the end; else the data that all tests share, one daemon after the other. */
  readonly own?: boolean;
  /** Beside runc, as daemon.json has them. */
  readonly runtimes?: Readonly<Record<string, TestRuntime>>;
  /** Megabytes of a disk in memory for such data, which has no image then. */
  readonly disk?: number;
  /** More of the daemon's own options. */
  readonly args?: readonly string[];
  /** It may make networks. */
  readonly networks?: boolean;
  /** With which the bottles of a file are made that has them; `network` where nobody says. */
  readonly link?: "network" | "loopback";
  /** It sees neither the processes of this machine nor what tests make in the folder for temporary files: as one elsewhere. */
  readonly elsewhere?: boolean;
  /** Its containers have a user namespace (`userns-remap`). For one with networks. */
  readonly remaps?: boolean;
}

export interface TestRuntime {
  readonly path: string;
  readonly runtimeArgs?: readonly string[];
}

/** A user of every Debian, whose subordinate ids are a container's; who they are is read from files of the daemon's alone. */
const remapped = "daemon";

/** The name server of a daemon with networks: an address of its place's own loopback, as where systemd-resolved is. */
export const daemonsResolver = "127.0.0.53";

export async function openDaemon(options: DaemonOptions = {}): Promise<TestDaemon> {
  const dir = await mkdtemp(join(tmpdir(), "bottle-docker-"));
  const { disk, args: more = [] } = options;
  const data =
    options.own === true || disk !== undefined ? join(dir, "data") : join(shared, baseHash);
  await mkdir(data, { recursive: true });
  if (disk !== undefined)
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${disk}m`, "bottle", data]);
  const socket = join(dir, "docker.sock");
  const settings = join(dir, "daemon.json");
  await writeFile(settings, JSON.stringify({ runtimes: options.runtimes ?? {} }));
  const place = options.networks === true ? await openPlace() : undefined;
  await writeFile(join(dir, "resolv.conf"), `nameserver ${daemonsResolver}\n`);
  const files = ["resolv.conf"];
  if (options.remaps === true) {
    // Root of a container finds its own files below.
    await chmod(dir, 0o711);
    for (const name of ["subuid", "subgid"])
      await writeFile(join(dir, name), `${remapped}:500000:65536\n`);
    files.push("subuid", "subgid");
  }
  let told = "";
  let child: ChildProcess | undefined;

  const start = async (again = false): Promise<void> => {
    const argv = [
      ...["--data-root", join(data, "data"), "--exec-root", join(dir, "exec")],
      ...["--pidfile", join(dir, "pid"), "--host", `unix://${socket}`],
      ...["--log-level", "warn", "--config-file", settings],
      ...(place === undefined ? ["--bridge", "none", "--iptables=false", "--ip6tables=false"] : []),
      ...(options.remaps === true ? ["--userns-remap", remapped] : []),
      ...more,
    ];
    // The lock is its own as long as it lives; what it mounts is nobody else's; the signal comes if this process dies.
    // A containerd that outlived its daemon has the lock still.
    const lock = again ? [] : ["flock", "--no-fork", join(data, "lock")];
    const own = ["unshare", "--mount", "--propagation", "slave"];
    const blind = options.elsewhere === true ? blindness(dir) : [];
    const dying = ["setpriv", "--pdeathsig", "TERM"];
    const binds = files.map((name) => `mount --bind ${join(dir, name)} /etc/${name} && `).join("");
    const there = place === undefined ? [] : place.enter(["sh", "-c", `${binds}exec "$@"`, "sh"]);
    const [program = "", ...args] = [
      ...lock,
      ...own,
      ...there,
      ...blind,
      ...dying,
      "dockerd",
      ...argv,
    ];
    const started = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    });
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
    signalDaemon(child, signal);
    await Promise.race([gone, sleep(starting, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  };

  await start();
  const engine = openEngine(socket);
  if (disk === undefined) await ensureBase(engine);
  return {
    socket,
    place,
    data,
    engine,
    runtimeDir: join(dir, "exec"),
    processes: (name) =>
      processesOf(dir).filter((pid) =>
        programOf(pid).startsWith(name === "containerd" ? "containerd\0" : name),
      ),
    log: () => told,
    crash: () => end("SIGKILL"),
    hang: () => void child?.kill("SIGSTOP"),
    wake: () => void child?.kill("SIGCONT"),
    restart: async () => {
      // Their processes died with the daemon, and where nobody waits for dead ones they look alive.
      for (const name of ["pid", "exec/containerd/containerd.pid"])
        await rm(join(dir, name), { force: true });
      await start(true);
    },
    async [Symbol.asyncDispose]() {
      await removeAll(engine);
      if (place !== undefined) await removeNetworks(engine);
      engine[Symbol.dispose]();
      await end("SIGTERM");
      for (const pid of processesOf(dir)) process.kill(pid, "SIGKILL");
      if (disk !== undefined) execFileSync("umount", ["-l", data]);
      await place?.[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A process-id namespace of its own, and of `/tmp` only the daemon's folder; whoever makes it takes it along when it dies. */
function blindness(dir: string): readonly string[] {
  const script = [
    `mount --bind ${dir} /mnt`,
    "mount -t tmpfs none /tmp",
    `mkdir -p ${dir}`,
    `mount --move /mnt ${dir}`,
    'exec "$@"',
  ].join(" && ");
  const apart = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
  return ["setpriv", "--pdeathsig", "KILL", ...apart, "sh", "-c", script, "sh"];
}

/** Whoever waits for a daemon in a namespace of its own hands no signal on. */
function signalDaemon(child: ChildProcess, signal: NodeJS.Signals): void {
  const pid = child.pid ?? 0;
  const below = readdirSync("/proc").filter(
    (name) => readProcess(Number(name) || 0)?.parent === pid,
  );
  const blind = readFileSync(`/proc/${pid}/comm`, "latin1").trim() === "unshare";
  for (const one of blind ? below.map(Number) : [pid]) process.kill(one, signal);
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

/** What bottles left, so that the next daemon on this data has none of it. */
async function removeNetworks(engine: Engine): Promise<void> {
  await engine.call("POST", "/networks/prune").catch(() => undefined);
}

/** What a daemon that was killed left running: each has its folder in its arguments. */
function processesOf(dir: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      if (Number.isNaN(pid) || pid === process.pid || readProcess(pid)?.zombie !== false)
        return false;
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`${dir}/`);
      } catch {
        return false;
      }
    });
}

export /** Without its folder, up to the first zero of its arguments and beyond. */
function programOf(pid: number): string {
  try {
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
    return [basename(program), ...args].join("\0");
  } catch {
    return "";
  }
}

export async function ensureBase(engine: Engine): Promise<void> {
  const { repository, tag } = baseName;
  const there = await engine
    .call("GET", `/images/${repository}:${tag}/json`)
    .catch(() => undefined);
  if (there !== undefined) return;
  const tar = createReadStream(await baseArchive());
  const query = { fromSrc: "-", repo: repository, tag };
  for await (const part of await engine.stream("POST", "/images/create", { query, tar })) void part;
}
