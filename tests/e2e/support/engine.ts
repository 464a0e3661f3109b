/** Finds the engine of a bottle from outside, and does to it what a machine may. */
import { access, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scene } from "./cli.ts";

/** The private copy of the scene's workspace, once something was written to it by the agent. */
export async function workspaceOf(scene: Scene): Promise<string> {
  const records = join(scene.stateHome, "claude-bottle");
  for (;;) {
    for (const id of await readdir(records).catch((): string[] => [])) {
      const workspace = join(records, id, "workspace");
      if (await isThere(join(workspace, "first"))) return workspace;
    }
    await sleep(20);
  }
}

/** Sends the signal to the engine whose program that is, and then tells the agent. */
export async function killEngineOf(
  program: string,
  signal: NodeJS.Signals,
  workspace: string,
): Promise<void> {
  process.kill(await engineOf(program), signal);
  await sleep(100);
  await writeFile(join(workspace, "gone"), "");
}

async function engineOf(program: string): Promise<number> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!command.includes("/run/engine/program\0run")) continue;
    const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "");
    if (mounts.includes(` ${program} /run/engine/program `)) return Number(pid);
  }
  throw new Error("no engine of that program runs");
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
