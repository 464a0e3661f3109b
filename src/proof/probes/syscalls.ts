/** Attacks that need a system call of one's own, made by an interpreter that every system has, in one process for all of them. */
import { spawn } from "node:child_process";
import { getSystemErrorName } from "node:util";
import type { ProbeTargets } from "../../helper/protocol.ts";
import { addressOf } from "./probe.ts";
import type { Probe } from "./probe.ts";
import { interpreters } from "./syscall-scripts.ts";

/** What is observed where the bottle has no interpreter to make the calls with. */
export const notTried = "not tried: no perl or python3";

/** Numbers from the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). */
const numbers: Readonly<Record<string, readonly number[]>> = {
  // unshare, mount, ptrace, keyctl, bpf, socket, ioctl, prctl, syslog
  x64: [272, 165, 101, 250, 321, 41, 16, 157, 103],
  arm64: [97, 40, 117, 219, 280, 198, 29, 167, 116],
};

/** Names of the probes, in no order; the scripts print `name errno`. */
const names: readonly string[] = [
  "icmp-datagram",
  "icmp-raw",
  "socket-packet",
  "socket-vsock",
  "mount",
  "ptrace-outside",
  "user-namespace",
  "user-namespace-mount",
  "syscall-clone3",
  "syscall-io-uring",
  "syscall-keyctl",
  "syscall-bpf",
  "no-new-privs-asked",
  "kernel-log",
  "tiocsti",
  "tiocsti-high-bits",
  "tioclinux",
];

/** Runs the script once and hands each probe its line. */
export function syscallProbes(): readonly Probe[] {
  let once: Promise<ReadonlyMap<string, string>> | undefined;
  return names.map((name) => ({
    name,
    run: async (targets) => {
      once ??= attack(targets);
      return (await once).get(name) ?? "missing";
    },
  }));
}

async function attack(targets: ProbeTargets): Promise<ReadonlyMap<string, string>> {
  const calls = numbers[process.arch];
  if (calls === undefined) return new Map(names.map((name) => [name, `unknown ${process.arch}`]));
  const { address } = addressOf(targets.tcp, "interface");
  const args = [...calls, targets.hostPid, ...address.split(".").map(Number)].map(String);
  for (const { file, flags, script } of interpreters) {
    const output = await outputOf(file, [...flags, script, ...args]);
    if (output !== undefined) return parseObservations(output);
  }
  return new Map(names.map((name) => [name, notTried]));
}

/** The lines `name errno` and `name =word`; 0 means that the call worked. */
export function parseObservations(output: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name, errno, word] of output.matchAll(/^([a-z0-9-]+) (?:(\d+)|=([a-z0-9-]+))$/gm)) {
    if (name === undefined) continue;
    if (word !== undefined) found.set(name, word);
    else found.set(name, errno === "0" ? "done" : getSystemErrorName(-Number(errno)));
  }
  return found;
}

/** Standard output of a program in a session of its own, or undefined where there is no such program. */
function outputOf(file: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
      env: {},
      cwd: "/",
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString("latin1");
    });
    child.once("error", () => resolve(undefined));
    child.once("close", () => resolve(output));
  });
}
