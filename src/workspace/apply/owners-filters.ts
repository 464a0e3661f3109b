/** Which files pass a filter of the owner when they are committed, such as Git LFS: by his own attributes, and without running any. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "../names.ts";
import type { SafeFolder } from "../safe-folder.ts";
import { writeTo } from "../stage/git.ts";
import type { Stage } from "../stage/stage.ts";

export interface OwnersFilters {
  /** The filter's name, for those of the paths that pass one. */
  of(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

const maxAttributes = 1024 * 1024;

/** git check-attr(1) sees a skeleton of ours with the owner's attribute files; most owners have no filter, and then it is not asked. */
export function openOwnersFilters(stage: Stage, owner: SafeFolder): OwnersFilters {
  const root = join(stage.folder, "attributes");
  const folders = new Set<string>();
  const known = new Map<string, string | undefined>();
  let hasFilter = /\bfilter\b/.test(ownAttributes(stage));
  mkdirSync(root, { mode: 0o700 });

  function readAttributes(folder: string): void {
    if (folders.has(folder)) return;
    folders.add(folder);
    using open = owner.folder(folder);
    const content = open?.read(".gitattributes", maxAttributes);
    if (content === undefined) return;
    hasFilter ||= /\bfilter\b/.test(content.toString("latin1"));
    const to = Buffer.concat([Buffer.from(`${root}/`), bytesOf(folder)]);
    mkdirSync(to, { recursive: true, mode: 0o700 });
    writeFileSync(Buffer.concat([to, Buffer.from("/.gitattributes")]), content, { mode: 0o600 });
  }

  return {
    async of(paths) {
      const unknown = paths.filter((path) => !known.has(path));
      for (const folder of new Set(unknown.flatMap(foldersOf))) readAttributes(folder);
      const found = hasFilter ? await askGit(stage, root, unknown) : new Map<string, string>();
      for (const path of unknown) known.set(path, found.get(path));
      const filters = paths.map((path) => [path, known.get(path)] as const);
      return new Map(filters.filter((one): one is [string, string] => one[1] !== undefined));
    },
  };
}

/** The owner's `info/attributes`, which the stage has a copy of. */
function ownAttributes(stage: Stage): string {
  try {
    return readFileSync(join(stage.gitDir, "info", "attributes"), "latin1");
  } catch {
    return "";
  }
}

async function askGit(
  stage: Stage,
  root: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const drivers = new Map<string, string>();
  if (paths.length === 0) return drivers;
  const { output } = await stage.git({
    step: "tell which files pass a filter",
    env: { GIT_WORK_TREE: root },
    cwd: root,
    argv: ["check-attr", "-z", "--stdin", "filter"],
    input: (stdin) => writeTo(stdin, bytesOf(paths.map((path) => `${path}\0`).join(""))),
    maxOutput: 512 * 1024 * 1024,
  });
  const fields = output.toString("latin1").split("\0");
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = "", , driver = ""] = fields.slice(at, at + 3);
    if (!/^(?:unspecified|unset|set)$/.test(driver)) drivers.set(path, driver);
  }
  return drivers;
}

/** Every folder above a path, the root as an empty name. */
function foldersOf(path: string): readonly string[] {
  const steps = path.split("/");
  return steps.map((_step, index) => steps.slice(0, index).join("/"));
}
