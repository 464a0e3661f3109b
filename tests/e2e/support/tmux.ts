/** A real terminal with nobody before it: a tmux server of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Tmux extends AsyncDisposable {
  /** What a person would see. */
  screen(): Promise<string>;
  type(text: string): Promise<void>;
  /** tmux's name of a key: `Enter`, `C-c`. */
  key(name: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Exit code of the command once it ended. */
  exitCode(): Promise<number | undefined>;
}

/** Starts `command` (for `sh -c`) in a terminal of 100 by 30. */
export async function openTmux(
  name: string,
  command: string,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Tmux> {
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await run("tmux", ["-L", name, "-f", "/dev/null", ...args], { env, cwd })).stdout;
  // tmux 3.3 now and then never learns the status of a pane whose end it sees before the signal.
  const folder = await mkdtemp(join(tmpdir(), "bottle-tmux-"));
  const exitFile = join(folder, "exit-code");
  const size = ["-x", "100", "-y", "30"];
  // The session waits for the option that keeps a dead pane readable.
  await tmux(
    "new-session",
    "-d",
    ...size,
    "-s",
    "main",
    `sleep 0.3; ${command}; echo $? > ${quote(exitFile)}`,
    ";",
    "set-option",
    "-g",
    "remain-on-exit",
    "on",
  );
  return {
    screen: () => tmux("capture-pane", "-p", "-t", "main"),
    type: async (text) => void (await tmux("send-keys", "-t", "main", "-l", text)),
    key: async (key) => void (await tmux("send-keys", "-t", "main", key)),
    resize: async (columns, rows) =>
      void (await tmux("resize-window", "-t", "main", "-x", String(columns), "-y", String(rows))),
    exitCode: async () => {
      const text = await readFile(exitFile, "utf8").catch(() => "");
      return text === "" ? undefined : Number(text);
    },
    [Symbol.asyncDispose]: async () => {
      await tmux("kill-server").catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One word for `sh -c`. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
