/** The process of the Docker daemon and the file of its settings, as far as they can be told from its command line (proc_pid_cmdline(5)). */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { isAbsolute } from "node:path";
import { readProcess } from "../../../../host/process.ts";
import type { Process } from "../../../../host/process.ts";

export interface DaemonProcess extends Process {
  /** Absolute. */
  readonly settings: string;
}

const usualSettings = "/etc/docker/daemon.json";
const usualSockets = ["/var/run/docker.sock", "/run/docker.sock"];

/** The daemon that listens at `socket`; undefined where none, or more than one, may be it. */
export function findDaemon(socket: string): DaemonProcess | undefined {
  const all = readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    const argv = Number.isInteger(pid) ? commandOf(pid) : undefined;
    return argv === undefined ? [] : [{ pid, argv }];
  });
  const named = all.filter(({ argv }) => argv.some((arg) => arg.endsWith(`unix://${socket}`)));
  // By systemd it is started with its socket open (`-H fd://`), or it takes the usual one unasked.
  const usual = usualSockets.includes(socket)
    ? all.filter(({ pid, argv }) => !argv.some((arg) => arg.includes("unix://")) && isHere(pid))
    : [];
  const [one, ...more] = named.length > 0 ? named : usual;
  if (one === undefined || more.length > 0) return undefined;
  const found = readProcess(one.pid);
  const settings = settingsOf(one.argv);
  return found === undefined || settings === undefined ? undefined : { ...found, settings };
}

function commandOf(pid: number): readonly string[] | undefined {
  try {
    if (readFileSync(`/proc/${pid}/comm`, "latin1").trim() !== "dockerd") return undefined;
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(1, -1);
  } catch {
    return undefined;
  }
}

/** Not one that sees other files than we do, as a daemon in a container. */
function isHere(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync("/proc/self/ns/mnt");
  } catch {
    return false;
  }
}

function settingsOf(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((arg) => /^--?config-file(=|$)/.test(arg));
  if (at < 0) return usualSettings;
  const [, value = argv[at + 1] ?? ""] = /=(.*)$/s.exec(argv[at] ?? "") ?? [];
  return isAbsolute(value) ? value : undefined;
}
