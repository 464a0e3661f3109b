/** What stands on an agent's terminal, kept by a terminal emulator without a screen, so that whoever comes later can be shown it. */
import type { Terminal } from "@xterm/headless";

/** Lines above the screen that are kept. */
const scrollback = 1000;
/** Characters of one replay; scrollback gives way first. */
const maxReplay = 256 * 1024;

export interface Screen {
  /** Takes filtered bytes; resolves when they are on the screen. */
  write(data: Buffer): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Bytes that bring an empty terminal of the same size to this screen: text, colours, cursor, modes. */
  replay(): Buffer;
  /** The screen's lines as text, for people who only look. */
  text(): readonly string[];
}

/** Private modes that the emulator keeps and its serializer does not write: cursor, kinds of mouse reports, synchronized output. */
const extraModes: readonly number[] = [25, 1004, 1005, 1006, 1015, 1016];

export async function openScreen(size: {
  readonly columns: number;
  readonly rows: number;
}): Promise<Screen> {
  const [{ Terminal }, { SerializeAddon }] = await Promise.all([
    import("@xterm/headless"),
    import("@xterm/addon-serialize"),
  ]);
  const terminal = new Terminal({
    cols: size.columns,
    rows: size.rows,
    scrollback,
    allowProposedApi: true,
    logLevel: "off",
  });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  const modes = followModes(terminal);
  return {
    write: (data) => new Promise((resolve) => terminal.write(data, resolve)),
    resize: (columns, rows) => terminal.resize(cells(columns), cells(rows)),
    replay() {
      let text = "";
      for (let lines = scrollback; ; lines = Math.floor(lines / 4)) {
        text = serializer.serialize({ scrollback: lines });
        if (text.length <= maxReplay || lines === 0) break;
      }
      // A clean screen of the watcher's own first; what the agent set comes after.
      return Buffer.from(`\x1b[!p\x1b[?1049l\x1b[H\x1b[2J${text}${modes()}`, "utf8");
    },
    text() {
      const { active } = terminal.buffer;
      return Array.from(
        { length: terminal.rows },
        (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "",
      );
    },
  };
}

/** Returns what sets the extra modes as they are now. */
function followModes(terminal: Terminal): () => string {
  const set = new Set<number>([25]);
  const note = (on: boolean) => (params: readonly (number | number[])[]) => {
    for (const mode of params.flat())
      if (extraModes.includes(mode)) set[on ? "add" : "delete"](mode);
    // The emulator does its part as well.
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, note(true));
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, note(false));
  return () => extraModes.map((mode) => `\x1b[?${mode}${set.has(mode) ? "h" : "l"}`).join("");
}

/** A size that the emulator takes. */
function cells(count: number): number {
  return Number.isInteger(count) ? Math.min(Math.max(count, 2), 1000) : 80;
}
