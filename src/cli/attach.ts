/** The user's terminal or pipes on one side, a session on the other. */
import { fstatSync } from "node:fs";
import { constants } from "node:os";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { Session, SessionEnd, SessionOutput } from "../lifecycle/session.ts";
import { createTerminalFilter } from "../terminal/filter.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * Undoes every mode that the filter lets an agent set: screen, charset, keypad, mouse, paste. Margins, origin, wrap and cursor
 * go by DECSTR (CSI ! p), which alone leaves the cursor where it is.
 */
const resetTerminal =
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

/** Where output goes: through the terminal filter where the other end is a terminal, byte for byte into pipes. */
export function outputTo(context: CliContext): SessionOutput {
  return { stdout: writer(context.process.stdout), stderr: writer(context.process.stderr) };
}

function writer(stream: NodeJS.WriteStream): (data: Buffer) => Promise<void> | void {
  const filter = stream.isTTY ? createTerminalFilter() : undefined;
  return (data) => {
    const text = filter === undefined ? data : filter.push(data);
    if (text.length === 0 || stream.write(text)) return undefined;
    return new Promise((resolve) => {
      stream.once("drain", resolve);
      stream.once("close", resolve);
    });
  };
}

/** Carries input, sizes and signals to the session until it ends. */
export async function follow(
  context: CliContext,
  session: Session,
  terminal: boolean,
): Promise<SessionEnd> {
  const { stdin, stdout } = context.process;
  const asked = { interrupts: 0, started: false };
  const interrupt = (): void => {
    asked.interrupts += 1;
    // Before the agent runs there is nobody to take the signal.
    if (asked.started && asked.interrupts === 1) session.signal("SIGINT");
    else session.stop();
  };
  void session.started.then(
    () => (asked.started = true),
    () => undefined,
  );
  const stop = (): void => session.stop();
  const resize = (): void => session.resize(stdout.columns, stdout.rows);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  // A reader that went away (`| head`) is a wish to stop.
  stdout.on("error", stop);
  if (terminal) {
    stdin.setRawMode(true);
    stdout.on("resize", resize);
  }
  const fed = { over: false };
  feedInput(stdin, session, terminal, fed);
  try {
    return await session.ended;
  } finally {
    fed.over = true;
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", stop);
    process.off("SIGHUP", stop);
    stdin.pause();
    // A pipe or a terminal would keep this process; a file or /dev/null has nothing to let go of.
    if ("unref" in stdin) stdin.unref();
    if (terminal) {
      stdout.off("resize", resize);
      stdin.setRawMode(false);
      stdout.write(resetTerminal);
    }
  }
}

/** Terminal, pipe and file are input; anything else (`/dev/null`, a closed descriptor, a terminal of a headless run) is its end. */
function feedInput(
  stdin: NodeJS.ReadStream,
  session: Session,
  terminal: boolean,
  fed: { readonly over: boolean },
): void {
  if (!terminal && !isData(stdin)) {
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
