/** What a contender is started with, and how one that is missing is told. */
import { spawnSync } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import type { Origin } from "../origin.ts";

export interface Stage {
  readonly origin: Origin;
  /** Of all proxies; undefined: not pinned. */
  readonly core: number | undefined;
  /** The contender's own; everybody may enter, since some give up root. */
  readonly folder: string;
}

/** Makes the contender's folder. */
export async function openFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  return folder;
}

/** Where a program is, also where only root's PATH has it. */
export function findProgram(name: string): string | undefined {
  const found = spawnSync("sh", ["-c", `PATH="$PATH:/usr/sbin:/sbin"; command -v ${name}`], {
    encoding: "utf8",
  });
  return found.status === 0 ? found.stdout.trim() : undefined;
}
