/**
 * A machine of the tests' own, reached over a wire with latency and loss: own processes, mounts and network, an sshd and a Docker
 * daemon with its bridges and firewall. Nothing of this machine is seen there but its programs, and nothing of it is changed.
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openEngine } from "../../../src/backends/docker/engine/engine.ts";
import type { Engine } from "../../../src/backends/docker/engine/engine.ts";
import { runProgram } from "../../e2e/support/alone.ts";
import type { CliResult } from "../../e2e/support/cli.ts";
import { baseHash } from "../docker/base.ts";
import { ensureBase, lacksDocker, preparation, shared } from "../docker/daemon.ts";
import { lacksProgram } from "../require.ts";
import { joinGroups, removeGroups } from "./groups.ts";
import { makeHome, makeKeys, vmAddress, vmFiles } from "./home.ts";
import type { OwnerWay } from "./home.ts";
import { laptopScript, ownersOf } from "./owners.ts";
import type { Owner } from "./owners.ts";
import { openWire, wireProgram } from "./wire.ts";
import type { Wire } from "./wire.ts";

/** For `need`: undefined where such a machine can be had. */
export function lacksVm(): string | undefined {
  return lacksDocker() ?? lacksProgram("ssh", "sshd", "ssh-keygen", "ip", "iptables", "gcc");
}

export interface VmOptions {
  /** Milliseconds there and back; 50 unless told. */
  readonly latency?: number;
  /** Packets of a thousand that are lost; 0 unless told. */
  readonly loss?: number;
  /** Lines for sshd, which go before ours. */
  readonly sshd?: readonly string[];
  /** A way to this machine as well, where a test listens as an upstream. */
  readonly upstream?: boolean;
  /** A cut is noticed within seconds; else when ours notices it. */
  readonly hasty?: boolean;
  /** No daemon is started. */
  readonly docker?: boolean;
}

export interface TestVm extends AsyncDisposable {
  /** As the manifest writes it. */
  readonly place: string;
  /** What a command of the owner's needs to get there: HOME, and a PATH whose ssh reads that home's configuration. */
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  /** This machine's address as it is seen there; with the option alone. */
  readonly upstream: string;
  /** The daemon, past the wire. */
  readonly engine: Engine;
  readonly wire: Wire;
  /** One more, beside whom others can be cut off; each time another. */
  owner(own?: Pick<OwnerWay, "hasty">): Owner;
  /** As root, in it; past the wire as well. */
  run(script: string): Promise<CliResult>;
  /** What sshd has said since its start. */
  sshdLog(): Promise<string>;
  /** Kills sshd with all its connections, and starts it again with these lines in front. */
  restartSshd(lines?: readonly string[]): Promise<void>;
  /** Everything in it dies at once. */
  halt(): Promise<void>;
  /** After `halt`: the same disk; what was in memory is gone. */
  boot(): Promise<void>;
}

const laptopAddress = "10.77.0.1";
const searchPath = "/usr/sbin:/usr/bin:/sbin:/bin";

export async function openVm(options: VmOptions = {}): Promise<TestVm> {
  const dir = await mkdtemp(join(tmpdir(), "bottle-vm-"));
  const data = join(shared, `vm-${baseHash}`);
  const group = basename(dir);
  await mkdir(join(data, "docker"), { recursive: true });
  await mkdir(join(dir, "top"));
  const laptop = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "unshare", "--net", "sh", "-c", laptopScript],
    { stdio: "ignore" },
  );
  makeKeys(dir);
  const way = { wire: wireProgram(), laptop: laptop.pid ?? 0, hasty: options.hasty === true };
  const { env, home } = makeHome(dir, "home", { ...way, address: laptopAddress });
  vmFiles(dir, options.sshd ?? []);

  let machine: ChildProcess | undefined;
  let pid = 0;
  let wire: Wire | undefined;
  let gone: Promise<void> = Promise.resolve();
  let said = "";
  let upstream = "";

  const run = (script: string): Promise<CliResult> =>
    runProgram(
      [
        "nsenter",
        "-t",
        String(pid),
        ...spaces,
        "env",
        "-i",
        `PATH=${searchPath}`,
        "sh",
        "-c",
        script,
      ],
      process.env,
    );
  const must = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await run(script);
    if (code !== 0) throw new Error(`in the machine: ${script}: ${stderr}${said}`);
    return stdout;
  };
  const until = async (script: string, patience = 30_000): Promise<void> => {
    for (const begun = Date.now(); Date.now() - begun < patience; await sleep(50))
      if ((await run(script)).code === 0) return;
    throw new Error(`never came: ${script}: ${await must("cat /var/log/*.log")}`);
  };
  const startSshd = async (): Promise<void> => {
    await must("setsid /usr/sbin/sshd -D -e >>/var/log/sshd.log 2>&1 </dev/null &");
    await until("grep -q 'Server listening' /var/log/sshd.log");
  };

  const boot = async (): Promise<void> => {
    said = "";
    const lock = ["flock", "--no-fork", join(data, "lock")];
    const dying = ["setpriv", "--pdeathsig", "KILL", "unshare", "--kill-child=KILL"];
    const own = ["--mount", "--pid", "--fork", "--net", "--uts", "--ipc", "--cgroup"];
    const script = `set -eu; group=$1; shift; ${joinGroups}; exec "$@"`;
    const boots = ["sh", join(import.meta.dirname, "boot.sh"), join(dir, "top"), join(dir, "etc")];
    const argv = [script, "sh", group, ...lock, ...dying, ...own, ...boots, join(data, "docker")];
    const started = spawn("sh", ["-c", ...argv], { stdio: ["ignore", "ignore", "pipe"] });
    machine = started;
    started.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    gone = new Promise((resolve) => started.once("close", () => resolve()));
    // It is up when its first process is what it waits with.
    for (const begun = Date.now(); ; await sleep(10)) {
      pid = childOf(started.pid ?? 0);
      if (pid !== 0 && commandOf(pid) === "docker-init") break;
      if (started.exitCode !== null || Date.now() - begun > preparation)
        throw new Error(`the machine does not boot: ${said}`);
    }
    wire = await openWire(
      { pid: laptop.pid ?? 0, address: laptopAddress },
      { pid, address: vmAddress },
      (options.latency ?? 50) / 2,
      options.loss ?? 0,
    );
    if (options.upstream === true) upstream = openUpstream(pid);
    await startSshd();
    if (options.docker === false) return;
    await must("setsid dockerd --group docker >>/var/log/dockerd.log 2>&1 </dev/null &");
    await until("[ -S /run/docker.sock ] && docker version");
  };

  const halt = async (): Promise<void> => {
    await wire?.[Symbol.asyncDispose]();
    if (pid !== 0) process.kill(pid, "SIGKILL");
    machine?.kill("SIGKILL");
    await gone;
    pid = 0;
    await removeGroups(group);
  };
  const standing = (): Wire => {
    if (wire === undefined) throw new Error("the machine is down");
    return wire;
  };
  const engineHere = (): Engine => openEngine(`/proc/${pid}/root/run/docker.sock`);
  let engine: Engine | undefined;
  const dispose = async (): Promise<void> => {
    engine?.[Symbol.dispose]();
    if (pid !== 0 && options.docker !== false) await run(emptied);
    await halt();
    laptop.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await boot();
    if (options.docker !== false) {
      // What a test that was killed left on the disk.
      await run(emptied);
      await ensureBase((engine = engineHere()));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    place: "ssh://me@vm",
    env,
    home,
    run,
    halt,
    get engine() {
      return (engine ??= engineHere());
    },
    get wire() {
      return standing();
    },
    owner: ownersOf(dir, way, standing),
    get upstream() {
      return upstream;
    },
    sshdLog: () => must("cat /var/log/sshd.log"),
    async restartSshd(lines = []) {
      vmFiles(dir, lines);
      const config = readFileSync(join(dir, "etc/ssh/sshd_config"), "utf8");
      await must(
        `pkill -KILL -x sshd; : >/var/log/sshd.log; cat >/etc/ssh/sshd_config <<'EOF'\n${config}EOF`,
      );
      await startSshd();
    },
    async boot() {
      engine?.[Symbol.dispose]();
      engine = undefined;
      await boot();
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A wire of the kernel's to this machine, which goes with the machine's network; of the range for tests of devices (RFC 2544, C.2.2). */
function openUpstream(pid: number): string {
  const outer = `cbv${randomBytes(4).toString("hex")}`;
  const base = `198.18.${randomInt(256)}`;
  const first = randomInt(64) * 4;
  const [here, there] = [`${base}.${first + 1}`, `${base}.${first + 2}`];
  const ip = (...argv: readonly string[]): void => void execFileSync("ip", argv);
  ip("link", "add", outer, "type", "veth", "peer", "name", "up0", "netns", String(pid));
  ip("address", "add", `${here}/30`, "dev", outer);
  ip("link", "set", outer, "up");
  const inside = (...argv: readonly string[]): void =>
    void execFileSync("nsenter", ["-t", String(pid), "-n", "ip", ...argv]);
  inside("address", "add", `${there}/30`, "dev", "up0");
  inside("link", "set", "up0", "up");
  return here;
}

const spaces = ["-m", "-n", "-p", "-u", "-i", "-C", "--"];

/** Containers, networks and volumes are a test's; images stay for the next. */
const emptied = `
  docker ps -aq | xargs -r docker rm -f
  docker volume ls -q | xargs -r docker volume rm -f
  docker network prune -f`;

function childOf(parent: number): number {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
    return Number(children.trim().split(" ")[0]);
  } catch {
    return 0;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
