/** Reads a small folder of the owner into memory, to be copied into a bottle: what a link leads to is not what he asked for. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { BottleError } from "../../errors/error.ts";
import { OpenFolder } from "../mount/open-folder.ts";
import { bytesOf, nameOf, printable } from "../names.ts";

export interface Tree {
  /** `path`: from the top on, as it is for people; empty for the top itself. */
  readonly files: readonly {
    readonly path: string;
    readonly content: Buffer;
    readonly mode: number;
  }[];
  /** Links, and what is no file. */
  readonly odd: readonly string[];
}

export interface TreeBounds {
  readonly files: number;
  readonly bytes: number;
}

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const maxDepth = 16;

/** `path` is below `base`; undefined where nothing stands there. */
export function readTree(base: string, path: string, bounds: TreeBounds): Tree | undefined {
  const files: { path: string; content: Buffer; mode: number }[] = [];
  const odd: string[] = [];
  let room = bounds.bytes;
  const add = (parent: OpenFolder, name: string, at: string, depth: number): void => {
    const stat = parent.stat(name);
    if (stat === undefined) return;
    if (stat.isDirectory() && depth < maxDepth) {
      using folder = parent.folder(name);
      for (const entry of folder.entries())
        add(folder, entry.name, at === "" ? entry.name : `${at}/${entry.name}`, depth + 1);
      return;
    }
    if (!stat.isFile()) {
      odd.push(printable(at));
      return;
    }
    const content = readAt(parent, name, room);
    if (content === undefined || files.length >= bounds.files)
      throw tooLarge(`${base}/${path}`, bounds);
    room -= content.length;
    files.push({ path: printable(at), content, mode: (stat.mode & 0o100n) === 0n ? 0o600 : 0o700 });
  };
  const steps = nameOf(path).split("/");
  const last = steps.pop() ?? "";
  const open: OpenFolder[] = [];
  try {
    open.push(OpenFolder.open(base));
    for (const step of steps) open.push((open.at(-1) as OpenFolder).folder(step));
    const parent = open.at(-1) as OpenFolder;
    if (parent.stat(last) === undefined) return undefined;
    add(parent, last, "", 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    // A link where a folder was opened.
    if (code === "ELOOP" || code === "ENOTDIR") return { files: [], odd: [""] };
    throw error;
  } finally {
    for (const folder of open) folder[Symbol.dispose]();
  }
  return { files, odd };
}

/** Undefined if it is longer than `room`. */
function readAt(parent: OpenFolder, name: string, room: number): Buffer | undefined {
  const fd = openSync(
    bytesOf(`/proc/self/fd/${parent.fd}/${name}`),
    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
  );
  try {
    const { size } = fstatSync(fd);
    if (size > room) return undefined;
    const content = Buffer.alloc(size);
    let end = 0;
    for (let count = -1; count !== 0 && end < size; end += count)
      count = readSync(fd, content, end, size - end, null);
    return content.subarray(0, end);
  } finally {
    closeSync(fd);
  }
}

function tooLarge(path: string, { files, bytes }: TreeBounds): BottleError {
  return new BottleError({
    code: "E_PLAN_BRING",
    what: `${path} is too large to be copied into a bottle.`,
    why: `At most ${files} files with ${bytes / 1024 ** 2} MiB together are brought.`,
    next: "Bring less, or share the folder with `mounts`.",
  });
}
