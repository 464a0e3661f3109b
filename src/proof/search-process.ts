/** Looks through one process: environment and arguments always, all its readable memory on demand (proc(5)). */
import { open, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { heldRanges } from "./resident.ts";
import type { Range } from "./resident.ts";
import type { Search } from "./search.ts";

/** How often a closed process is tried, and the milliseconds between: together longer than any such moment. */
const triesAtClosed = 10;
const betweenTries = 5;

/** False where the process is gone. */
export async function searchProcess(
  search: Search,
  pid: number,
  memory: boolean,
): Promise<boolean> {
  const texts = await Promise.all(
    ["environ", "cmdline"].map((name) => searchFile(search, pid, name)),
  );
  if (memory && texts.some(Boolean)) await searchMemory(search, pid);
  return texts.some(Boolean);
}

async function searchFile(search: Search, pid: number, name: string): Promise<boolean> {
  const where = `${name} of process ${pid}`;
  for (let tries = 1; ; tries += 1) {
    try {
      await using handle = await openProc(pid, name);
      await search.handle(where, handle);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      // A process that is just becoming another program, or ending, is closed to its own user for a moment.
      if (!hasCode(error, "EACCES") || tries === triesAtClosed) {
        search.cannotRead(where, error);
        return false;
      }
      await sleep(betweenTries);
    }
  }
}

async function searchMemory(search: Search, pid: number): Promise<void> {
  const where = `memory of process ${pid}`;
  try {
    const maps = await readFile(`/proc/${pid}/maps`, "latin1");
    await using handle = await openProc(pid, "mem");
    await using pagemap = await openProc(pid, "pagemap");
    for (const range of readableRanges(maps)) {
      try {
        for await (const { from, to } of heldRanges(pagemap, range))
          await search.handle(where, handle, from, to);
      } catch (error) {
        // EIO: pages of a device, or of a file that was cut; nothing a process could read either.
        if (!isGone(error) && !hasCode(error, "EIO")) throw error;
      }
    }
  } catch (error) {
    if (!isGone(error)) search.cannotRead(where, error);
  }
}

/** Ranges that the process may read, without those of the kernel's own; user addresses are far below 2^53 (proc_pid_maps(5)). */
export function readableRanges(maps: string): readonly Range[] {
  return maps.split("\n").flatMap((line) => {
    const parts = /^([0-9a-f]+)-([0-9a-f]+) (r...) .*?(\[v[a-z]+\])?$/.exec(line);
    if (parts === null || parts[4] !== undefined) return [];
    return [{ from: Number(`0x${parts[1]}`), to: Number(`0x${parts[2]}`) }];
  });
}

/** A handle that closes itself (the type of Node 20 does not say so). */
async function openProc(pid: number, name: string): ReturnType<typeof open> {
  return open(`/proc/${pid}/${name}`, "r");
}

function isGone(error: unknown): boolean {
  return hasCode(error, "ENOENT") || hasCode(error, "ESRCH");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
