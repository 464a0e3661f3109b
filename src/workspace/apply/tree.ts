/** The files that a commit holds, as `git ls-tree` tells them. */
import { runGit } from "./git.ts";
import type { Stage } from "./stage.ts";

export interface TrackedFile {
  readonly mode: "100644" | "100755" | "120000" | "160000";
  readonly id: string;
}

export interface Tracked {
  readonly files: ReadonlyMap<string, TrackedFile>;
  /** Every folder that holds one, however deep. */
  readonly folders: ReadonlySet<string>;
}

const maxListing = 512 * 1024 * 1024;

/** Paths are one character a byte (names.ts). */
export async function readTree(stage: Stage, commit: string | undefined): Promise<Tracked> {
  const files = new Map<string, TrackedFile>();
  const folders = new Set<string>();
  if (commit === undefined) return { files, folders };
  const { output } = await runGit({
    step: "read the bottle's commit",
    gitDir: stage.gitDir,
    path: stage.path,
    argv: ["ls-tree", "-r", "-z", "--full-tree", commit],
    maxOutput: maxListing,
  });
  for (const line of output.toString("latin1").split("\0")) {
    const found = /^(100644|100755|120000|160000) [a-z]+ ([0-9a-f]+)\t([^]+)$/.exec(line);
    if (found === null) continue;
    const [, mode = "", id = "", path = ""] = found;
    files.set(path, { mode: mode as TrackedFile["mode"], id });
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
      const folder = path.slice(0, cut);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return { files, folders };
}
