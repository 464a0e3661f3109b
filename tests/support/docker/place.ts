/**
 * A machine of the tests' own, as far as its network goes: a network namespace with a way to this one, which stays as it was. A
 * daemon in it may have bridges and a firewall. It dies with the test, and the way with it.
 */
import { execFileSync, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lacksProgram } from "../require.ts";

export interface TestPlace extends AsyncDisposable {
  /** Of this machine, and seen from there: where a test listens as an upstream. */
  readonly upstream: string;
  /** The place's own, on the way here. */
  readonly address: string;
  /** The command that runs `argv` there. */
  enter(argv: readonly string[]): readonly [string, ...string[]];
  /** A Node that runs there, as a program. */
  readonly node: string;
}

/** For `need`: undefined where one can be made. */
export function lacksPlace(): string | undefined {
  return lacksProgram("ip", "nsenter", "unshare", "setpriv", "iptables");
}

export async function openPlace(): Promise<TestPlace> {
  // The signal comes if this process dies.
  const held = spawn("setpriv", ["--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity"], {
    stdio: "ignore",
  });
  await once(held, "spawn");
  const pid = held.pid ?? 0;
  const enter: TestPlace["enter"] = (argv) => ["nsenter", `--net=/proc/${pid}/ns/net`, ...argv];
  const dir = await mkdtemp(join(tmpdir(), "bottle-place-"));
  const node = join(dir, "node");
  const outer = `cbt${randomBytes(4).toString("hex")}`;
  const close = async (): Promise<void> => {
    held.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await untilApart(pid);
    // Of the range for tests of network devices (RFC 2544 section C.2.2), whose other half bottles have.
    const base = `198.18.${randomInt(256)}`;
    const first = randomInt(64) * 4;
    const [upstream, address] = [`${base}.${first + 1}`, `${base}.${first + 2}`];
    run("ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", String(pid));
    run("ip", "address", "add", `${upstream}/30`, "dev", outer);
    run("ip", "link", "set", outer, "up");
    const inside = (...argv: readonly string[]): void => {
      const [program, ...args] = enter(argv);
      run(program, ...args);
    };
    inside("ip", "link", "set", "lo", "up");
    inside("ip", "address", "add", `${address}/30`, "dev", "eth0");
    inside("ip", "link", "set", "eth0", "up");
    inside("ip", "route", "add", "default", "via", upstream);
    const script = `#!/bin/sh\nexec nsenter --net=/proc/${pid}/ns/net ${process.execPath} "$@"\n`;
    await writeFile(node, script);
    await chmod(node, 0o755);
    return { upstream, address, enter, node, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** unshare(1) is this process's until it has left. */
async function untilApart(pid: number): Promise<void> {
  const mine = await readlink("/proc/self/ns/net");
  for (let left = 500; left > 0; left -= 1) {
    if ((await readlink(`/proc/${pid}/ns/net`)) !== mine) return;
    await sleep(10);
  }
  throw new Error("no network namespace was made");
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
