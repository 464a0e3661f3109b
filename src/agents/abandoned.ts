/** Folders of installs that died before their end; the process id in the name tells. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

export async function clearAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const found = /^\.installing-(\d+)-/.exec(name);
    if (found !== null && !isAlive(Number(found[1])))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
