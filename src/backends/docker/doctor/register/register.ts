/** Registers runtimes with the daemon: its settings are written whole or not at all, and it is told to read them. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { fchownSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BottleError } from "../../../../errors/error.ts";
import { isAlive } from "../../../../host/process.ts";
import { openEngine } from "../../engine/engine.ts";
import { readInfo } from "../../info.ts";
import { findDaemon } from "./daemon.ts";
import type { DaemonProcess } from "./daemon.ts";
import { withRuntimes } from "./settings.ts";
import type { RuntimeEntry } from "./settings.ts";

/** How often the daemon is asked whether it knows the runtimes now, and the milliseconds between. */
const tries = 50;
const pace = 100;
/** Milliseconds for a program that only says what it is. */
const versionTime = 10_000;

export interface Registration {
  /** Which the daemon will run as root. */
  readonly program: string;
  /** What it answers to `--version`. */
  readonly says: RegExp;
  /** By name; `program` is its real path. */
  readonly entries: (program: string) => Readonly<Record<string, RuntimeEntry>>;
  /** A page that tells how it is done by hand. */
  readonly page: string;
}

/** What was done, for people. `socket`: where the daemon listens. */
export async function registerRuntimes(wanted: Registration, socket: string): Promise<string> {
  const names = Object.keys(wanted.entries(wanted.program));
  const refused = (why: string): BottleError => refusal(names, wanted.page, why);
  const program = checkedProgram(wanted, refused);
  const daemon = findDaemon(socket);
  if (daemon === undefined)
    throw refused(
      `It cannot be told which process listens at ${socket}, and where its settings are.`,
    );
  const before = readSettings(daemon.settings, refused);
  const made = withRuntimes(before?.text, wanted.entries(program));
  if ("refused" in made) throw refused(`${daemon.settings} is left as it is: ${made.refused}.`);
  writeSettings(daemon.settings, made.text, before, refused);
  return tell(daemon, names, socket);
}

/** The daemon runs it as root: nobody else may be able to put another in its place. */
function checkedProgram({ program: path, says }: Registration, refused: Refuse): string {
  const program = realpathSync(path);
  for (let step = program; ; step = dirname(step)) {
    const { uid, mode } = statSync(step);
    if (uid !== 0 || (mode & 0o022) !== 0)
      throw refused(`${program} can be changed by others than root, by way of ${step}.`);
    if (step === "/") break;
  }
  const said = execFileSync(program, ["--version"], { encoding: "utf8", timeout: versionTime });
  if (!says.test(said)) throw refused(`${program} does not say that it is what is asked for.`);
  return program;
}

interface Settings {
  readonly text: string;
  readonly identity: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

function readSettings(path: string, refused: Refuse): Settings | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw refused(`${path} is no regular file.`);
  const { uid, gid } = stat;
  const identity = identityOf(path);
  return { text: readFileSync(path, "utf8"), identity, mode: stat.mode & 0o7777, uid, gid };
}

function identityOf(path: string): string {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}:${stat.ctimeNs}:${stat.size}`;
}

function writeSettings(
  path: string,
  text: string,
  before: Settings | undefined,
  refused: Refuse,
): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const aside = `${path}.claude-bottle-${process.pid}`;
  const fd = openSync(aside, "wx", before?.mode ?? 0o644);
  try {
    if (before !== undefined) fchownSync(fd, before.uid, before.gid);
    writeFileSync(fd, text);
    fsyncSync(fd);
    if (identityOf(path) !== (before?.identity ?? ""))
      throw refused(`${path} was changed by somebody else just now.`);
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** The daemon reads its runtimes anew when it is told to (dockerd(8), SIGHUP): no container ends for it. */
async function tell(
  daemon: DaemonProcess,
  names: readonly string[],
  socket: string,
): Promise<string> {
  const written = `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} written in ${daemon.settings}`;
  const it = names.length === 1 ? "it" : "them";
  if (isAlive(daemon)) process.kill(daemon.pid, "SIGHUP");
  using engine = openEngine(socket);
  for (let asked = 0; asked < tries; asked += 1) {
    const info = await readInfo(engine).catch(() => undefined);
    if (info !== undefined && names.every((name) => info.runtimes.has(name)))
      return `${written}, and the daemon knows ${it}`;
    await sleep(pace);
  }
  return `${written}; restart the daemon, which does not know ${it} yet: systemctl restart docker`;
}

type Refuse = (why: string) => BottleError;

function refusal(names: readonly string[], page: string, why: string): BottleError {
  const one = names.length === 1;
  return new BottleError({
    code: "E_DOCTOR_FIX",
    what: `The runtime${one ? "" : "s"} ${names.join(" and ")} ${one ? "was" : "were"} not registered.`,
    why,
    next: `Register ${one ? "it" : "them"} by hand, as ${page} shows.`,
  });
}
