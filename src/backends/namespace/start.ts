/** Starts a bottle's command with exactly the descriptors it is meant to have. */
import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { closeSync } from "node:fs";
import type { BottleStdio } from "../../lifecycle/backend.ts";
import type { BottleCommand } from "./command.ts";
import { openDataFile } from "./data-file.ts";

/** `dir` is private to us; nothing stays in it. */
export function startCommand(
  command: BottleCommand,
  stdio: BottleStdio,
  dir: string,
): ChildProcess {
  const [program = "", ...args] = command.argv;
  if (stdio.kind === "terminal") throw new TypeError("this backend takes a terminal of the host");
  const standard = stdio.kind === "tty" ? stdio.slaveFd : "pipe";
  const opened: number[] = [];
  try {
    const places: ("pipe" | "ignore" | number)[] = [standard, standard, standard, "pipe"];
    for (const [fd, content] of command.data) {
      const file = openDataFile(dir, content);
      opened.push(file);
      // "ignore" above standard error leaves a number as it is: free, or the next entry's.
      while (places.length <= fd) places.push("ignore");
      places[fd] = file;
    }
    return spawn(program, args, {
      stdio: places satisfies StdioOptions,
      env: {},
      cwd: "/",
      windowsHide: true,
    });
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
