/** A private pseudo-terminal: the bottle gets one end, the supervisor keeps the other (pty(7)). */
import { closeSync, constants, fchownSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { ReadStream } from "node:tty";
import { BottleError } from "../errors/error.ts";
import { createOutlet } from "./outlet.ts";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface PrivateTerminal {
  /** The bottle's end, for a child's standard streams; blocking, closed on exec, no controlling terminal of ours. */
  readonly slaveFd: number;
  /** Called once the child has it: only then does the other end notice when the last process lets go. */
  closeSlave(): void;
  write(data: Buffer): void;
  /** One listener; what came before it is kept. */
  onData(listener: (data: Buffer) => void): void;
  pause(): void;
  resume(): void;
  resize(columns: number, rows: number): void;
  close(): void;
  /** Resolves when no process holds the bottle's end any more and everything was handed on. */
  readonly closed: Promise<void>;
}

/** The native part of node-pty: its own `open()` reads from the bottle's end too and would take its input away. */
interface Native {
  open(
    columns: number,
    rows: number,
  ): { readonly master: number; readonly slave: number; readonly pty: string };
  resize(fd: number, columns: number, rows: number): void;
}

/** Bytes of input that may wait for an agent that does not read; more is dropped. */
const maxPendingInput = 1024 * 1024;

export async function openTerminal(
  size: TerminalSize,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<PrivateTerminal> {
  const native = loadNative();
  const opened = native.open(cells(size.columns, 80), cells(size.rows, 24));
  const slaveFd = reopen(opened, owner);
  const master = new ReadStream(opened.master);
  const outlet = createOutlet(master);
  let slaveOpen = true;
  function closeSlave(): void {
    if (slaveOpen) closeSync(slaveFd);
    slaveOpen = false;
  }
  return {
    slaveFd,
    closeSlave,
    write(data) {
      if (!master.destroyed && master.writableLength < maxPendingInput) master.write(data);
    },
    onData: (listener) => outlet.onData(listener),
    pause: () => outlet.pause(),
    resume: () => outlet.resume(),
    resize(columns, rows) {
      if (!master.destroyed) native.resize(opened.master, cells(columns, 80), cells(rows, 24));
    },
    close() {
      closeSlave();
      outlet.discard();
      master.destroy();
    },
    closed: outlet.closed,
  };
}

/** node-pty makes the bottle's end non-blocking, which breaks cat and bash, and inheritable; one opened by name is neither. */
function reopen(
  opened: ReturnType<Native["open"]>,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): number {
  try {
    const slave = openSync(opened.pty, constants.O_RDWR | constants.O_NOCTTY);
    // So that /dev/tty's real name and /dev/stdout can be opened by the bottle's own uid.
    if (owner !== undefined && process.getuid?.() === 0) fchownSync(slave, owner.uid, owner.gid);
    return slave;
  } finally {
    closeSync(opened.slave);
  }
}

/** A size that no program stumbles over: some terminals say 0 by 0. */
function cells(count: number, fallback: number): number {
  return Number.isInteger(count) && count > 0 ? Math.min(count, 1000) : fallback;
}

function loadNative(): Native {
  try {
    const own = createRequire(import.meta.url);
    // The platform's package is a dependency of node-pty's, and only surely found from there.
    const theirs = createRequire(own.resolve("@lydell/node-pty/package.json"));
    return theirs(`@lydell/node-pty-${process.platform}-${process.arch}/pty.node`) as Native;
  } catch (cause) {
    throw new BottleError({
      code: "E_TERMINAL_NATIVE",
      what: "A private terminal cannot be opened here.",
      why: "The package @lydell/node-pty has no part for this system, or it was left out of the installation (it needs glibc on Linux).",
      next: "Install claude-bottle again without --omit=optional, or start the agent with --headless and --prompt.",
      cause,
    });
  }
}
