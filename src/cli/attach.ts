/** The user's terminal or pipes on one side, a session on the other. */
import { fstatSync } from "node:fs";
import { constants } from "node:os";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { Session, SessionEnd, SessionOutput } from "../lifecycle/session.ts";
import { createTerminalFilter } from "../terminal/filter.ts";
import { createLeaveKeys } from "../terminal/leave-keys.ts";
import type { CliContext } from "./context.ts";
import { drained } from "./drained.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * Undoes every mode that the filter lets an agent set: screen, charset, keypad, mouse, paste. Margins, origin, wrap and cursor
 * go by DECSTR (CSI ! p), which alone leaves the cursor where it is.
 */
export const resetTerminal: string =
  "\x1b[?1049l\x0f\x1b(B\x1b>\x1b[>4m\x1b[<u\x1b[!p\x1b[?1l\x1b[?7h\x1b[?69l" +
  "\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l" +
  "\x1b[?2004l\x1b[?2026l\x1b[?25h\x1b[0m";

/** The user's terminal, if the agent shall have one. */
export function terminalOf(context: CliContext, headless: boolean): LaunchOrder["terminal"] {
  const { stdin, stdout } = context.process;
  if (headless || !stdin.isTTY || !stdout.isTTY) return null;
  return {
    columns: stdout.columns,
    rows: stdout.rows,
    term: context.env["TERM"] ?? "xterm-256color",
  };
}

/** Of a bottle that nobody looks at yet; whoever attaches brings a size of his own. */
export const nobodysTerminal: NonNullable<LaunchOrder["terminal"]> = {
  columns: 120,
  rows: 40,
  term: "xterm-256color",
};

/** Where output goes: through the terminal filter where the other end is a terminal, byte for byte into pipes. */
export function outputTo(context: CliContext): SessionOutput {
  return { stdout: writer(context.process.stdout), stderr: writer(context.process.stderr) };
}

function writer(stream: NodeJS.WriteStream): (data: Buffer) => Promise<void> | void {
  const filter = stream.isTTY ? createTerminalFilter() : undefined;
  return (data) => {
    const text = filter === undefined ? data : filter.push(data);
    if (text.length === 0 || stream.write(text)) return undefined;
    return drained(stream);
  };
}

/** What a person is told of the connection to a bottle elsewhere. */
export function cutWords(since: number | null): string {
  return since === null
    ? "\r\nbottle: connected again.\r\n"
    : "\r\nbottle: the connection is cut; the agent goes on, and so will you when it is back.\r\n";
}

/** How a client's part in a session is over: the bottle ended, or the person left it alone. */
export type FollowEnd =
  | { readonly left: false; readonly end: SessionEnd }
  | { readonly left: true };

export interface FollowOptions {
  /** The agent has a terminal, and so has the person. */
  readonly terminal: boolean;
  /** What is typed is the agent's; else keys are the person's own, and Ctrl-C leaves. */
  readonly typing: boolean;
}

/** Carries input, sizes and signals to the session until it ends or the person leaves. */
export async function follow(
  context: CliContext,
  session: Session,
  { terminal, typing }: FollowOptions,
): Promise<FollowEnd> {
  const { stdin, stdout } = context.process;
  const asked = { interrupts: 0, started: false };
  let leave: () => void = () => undefined;
  const left = new Promise<FollowEnd>((resolve) => {
    leave = () => resolve({ left: true });
  });
  const interrupt = (): void => {
    if (!typing) return leave();
    asked.interrupts += 1;
    // Before the agent runs there is nobody to take the signal.
    if (asked.started && asked.interrupts === 1) session.signal("SIGINT");
    else session.stop();
  };
  void session.started.then(
    () => (asked.started = true),
    () => undefined,
  );
  const stop = (): void => (typing ? session.stop() : leave());
  const resize = (): void => session.resize(stdout.columns, stdout.rows);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", stop);
  // The terminal is gone, and not the wish for the work: the bottle lives on.
  process.on("SIGHUP", leave);
  // A reader that went away (`| head`) is a wish to stop; a terminal that went away is none.
  stdout.on("error", terminal ? leave : stop);
  if (terminal) {
    stdin.setRawMode(true);
    if (typing) stdout.on("resize", resize);
  }
  const fed = { over: false };
  if (!terminal) {
    if (typing) feedPipe(stdin, session, fed);
  } else feedKeys(stdin, typing ? session : undefined, leave, fed);
  try {
    return await Promise.race([
      session.ended.then((end): FollowEnd => ({ left: false, end })),
      left,
    ]);
  } finally {
    fed.over = true;
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", stop);
    process.off("SIGHUP", leave);
    session.leave();
    stdin.pause();
    // A pipe or a terminal would keep this process; a file or /dev/null has nothing to let go of.
    if ("unref" in stdin) stdin.unref();
    if (terminal) {
      stdout.off("resize", resize);
      putBack(stdin, stdout);
    }
  }
}

/** A terminal that is gone cannot be put back, and nobody sees it. */
function putBack(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): void {
  try {
    stdin.setRawMode(false);
    stdout.write(resetTerminal);
  } catch {
    // Gone with its window.
  }
}

/** Milliseconds after which a key that could be the first of two is taken for itself. */
const secondKey = 500;

/** Keys of a terminal; without a session they are looked at for a wish to leave alone. */
function feedKeys(
  stdin: NodeJS.ReadStream,
  session: Session | undefined,
  leave: () => void,
  fed: { readonly over: boolean },
): void {
  const keys = createLeaveKeys();
  let timer: NodeJS.Timeout | undefined;
  const send = (data: Buffer): void => {
    if (data.length === 0) return;
    const taken = session?.input(data);
    if (taken === undefined) return;
    stdin.pause();
    void taken.then(() => {
      // After the end it would keep this process.
      if (!fed.over) stdin.resume();
    });
  };
  stdin.on("data", (data: Buffer) => {
    clearTimeout(timer);
    const typed = keys.push(data);
    send(typed.data);
    if (
      typed.leaves ||
      (session === undefined && ["q", "\u0003"].includes(data.toString("latin1")))
    )
      leave();
    else timer = setTimeout(() => send(keys.release()), secondKey);
  });
  // The window was closed: no word of the agent's that would make it end.
  stdin.on("end", leave);
  stdin.on("error", leave);
  // A question before the start has paused it.
  stdin.resume();
}

/** Pipe and file are input; anything else (`/dev/null`, a closed descriptor, a terminal of a headless run) is its end. */
function feedPipe(
  stdin: NodeJS.ReadStream,
  session: Session,
  fed: { readonly over: boolean },
): void {
  if (!isData(stdin)) {
    session.inputEnd();
    return;
  }
  stdin.on("data", (data: Buffer) => {
    const taken = session.input(data);
    if (taken === undefined) return;
    stdin.pause();
    void taken.then(() => {
      // After the end it would keep this process.
      if (!fed.over) stdin.resume();
    });
  });
  stdin.on("end", () => session.inputEnd());
  stdin.on("error", () => session.inputEnd());
  // A question before the start has paused it.
  stdin.resume();
}

function isData(stdin: NodeJS.ReadStream): boolean {
  if (stdin.isTTY) return false;
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

/** As a shell reports it: the code, or 128 and the signal's number. */
export function exitCodeOfEnd(end: SessionEnd): number {
  if (end.code !== null) return end.code;
  return end.signal === null ? exitCodes.bottleFailed : 128 + constants.signals[end.signal];
}
