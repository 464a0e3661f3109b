/** Where long answers go: through the owner's pager where he looks on, and straight out where he does not. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Writable } from "node:stream";
import type { CliContext } from "./context.ts";

export interface Output {
  /** False when nobody reads any more. */
  write(text: string): Promise<boolean>;
  /** Ends the output; resolves when the owner has left the pager. */
  close(): Promise<void>;
}

export function openOutput(context: CliContext, wanted: boolean): Output {
  const { stdout } = context.process;
  const program = wanted && stdout.isTTY ? pagerOf(context.env) : undefined;
  if (program === undefined) return { ...outputTo(stdout), close: () => Promise.resolve() };
  const pager = spawn("sh", ["-c", program], {
    stdio: ["pipe", "inherit", "inherit"],
    env: pagerEnv(context.env),
  });
  // Ctrl-C is for the pager.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  const ended = new Promise<void>((resolve) => {
    pager.once("error", () => resolve());
    pager.once("close", () => resolve());
  });
  return {
    ...outputTo(pager.stdin),
    async close() {
      pager.stdin.end();
      await ended;
      process.off("SIGINT", ignore);
    },
  };
}

/** As git does: a command line for the shell. None where he wants none, or has none. */
function pagerOf(env: NodeJS.ProcessEnv): string | undefined {
  const own = env["PAGER"];
  if (own !== undefined) return own === "" || own === "cat" ? undefined : own;
  const folders = (env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => isProgram(join(folder, "less"))) ? "less" : undefined;
}

/** Colours pass, short answers do not page; a preprocessor (less(1), LESSOPEN) would run on what a bottle wrote. */
function pagerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { LESSOPEN: _open, LESSCLOSE: _close, ...rest } = env;
  return { ...rest, LESS: env["LESS"] ?? "FRX", LV: env["LV"] ?? "-c" };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function outputTo(stream: Writable): Pick<Output, "write"> {
  let gone = false;
  // EPIPE: the reader has gone, which is no failure.
  stream.on("error", () => (gone = true));
  stream.once("close", () => (gone = true));
  return {
    async write(text) {
      if (gone) return false;
      if (!stream.write(text))
        await new Promise<void>((resolve) => {
          const done = (): void => {
            stream.off("drain", done);
            stream.off("close", done);
            stream.off("error", done);
            resolve();
          };
          stream.once("drain", done);
          stream.once("close", done);
          stream.once("error", done);
        });
      return !gone;
    },
  };
}
