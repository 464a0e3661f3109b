/** The files that a tree holds, as `git ls-tree` tells them. */
import type { Entry, Mode } from "./entry.ts";
import type { Stage } from "./stage.ts";

export interface TreeFile extends Entry {
  /** Bytes; absent for a submodule. */
  readonly size: number | undefined;
}

export interface Tree {
  readonly files: ReadonlyMap<string, TreeFile>;
  /** Every folder that holds one, however deep. */
  readonly folders: ReadonlySet<string>;
}

const maxListing = 512 * 1024 * 1024;

/** Paths are one character a byte (names.ts); `tree` may be a commit's id, and is nothing before the first commit. */
export async function readTree(stage: Stage, tree: string | undefined): Promise<Tree> {
  const files = new Map<string, TreeFile>();
  const folders = new Set<string>();
  if (tree === undefined) return { files, folders };
  const { output } = await stage.git({
    step: "read the bottle's commit",
    argv: ["ls-tree", "-r", "-l", "-z", "--full-tree", tree],
    maxOutput: maxListing,
  });
  for (const line of output.toString("latin1").split("\0")) {
    const found = /^(100644|100755|120000|160000) [a-z]+ ([0-9a-f]+) +([0-9-]+)\t([^]+)$/.exec(
      line,
    );
    if (found === null) continue;
    const [, mode = "", id = "", size = "", path = ""] = found;
    files.set(path, { mode: mode as Mode, id, size: size === "-" ? undefined : Number(size) });
    addFolders(folders, path);
  }
  return { files, folders };
}

/** Every folder above a path. */
export function addFolders(folders: Set<string>, path: string): void {
  for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
    const folder = path.slice(0, cut);
    if (folders.has(folder)) return;
    folders.add(folder);
  }
}
