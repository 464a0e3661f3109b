/** What the bottle's folder holds beyond its last commit: changed, new and deleted files, less the ignored ones. */
import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { printable } from "../names.ts";
import { tooLarge } from "./errors.ts";
import { createIgnore, maxIgnoreFile } from "./ignore.ts";
import type { Ignore } from "./ignore.ts";
import { copyFile } from "./objects.ts";
import { isSafeName } from "./paths.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { Stage } from "./stage.ts";
import type { Tracked } from "./tree.ts";

/** One file as it shall be in the commit. Paths are one character a byte. */
export interface LooseFile {
  readonly folder: string;
  readonly name: string;
  readonly path: string;
  readonly kind: "file" | "link";
}

export interface LooseFiles {
  readonly changed: readonly LooseFile[];
  readonly deleted: readonly string[];
  /** What stays as the last commit has it, or stays behind, and why; for people. */
  readonly skipped: SkippedFile[];
}

export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

export const unreadable: string = "it cannot be read";

const maxEntries = 1_000_000;
const maxFile = 512 * 1024 * 1024;
const maxPath = 2_000;
const maxSkipped = 200;

export async function findLooseFiles(
  work: SafeFolder,
  tracked: Tracked,
  stage: Stage,
): Promise<LooseFiles> {
  const walk: Walk = {
    work,
    tracked,
    stage,
    ignore: createIgnore(stage),
    seen: new Set(),
    changed: [],
    skipped: [],
    kept: new Set(),
    entries: 0,
  };
  for (let level: readonly string[] = [""]; level.length > 0;) level = await walkLevel(walk, level);
  const isGone = (path: string, mode: string): boolean =>
    !walk.seen.has(path) && mode !== "160000" && !stage.sparse && !isKept(walk, path);
  const deleted = [...tracked.files]
    .filter(([path, { mode }]) => isGone(path, mode))
    .map(([path]) => path);
  return { changed: walk.changed, deleted, skipped: walk.skipped };
}

interface Walk {
  readonly work: SafeFolder;
  readonly tracked: Tracked;
  readonly stage: Stage;
  readonly ignore: Ignore;
  readonly seen: Set<string>;
  readonly changed: LooseFile[];
  readonly skipped: SkippedFile[];
  /** Every skipped path: what is below counts as unchanged, not as deleted. */
  readonly kept: Set<string>;
  entries: number;
}

/** All folders of one depth, so that git is asked once a depth; returns the folders of the next. */
async function walkLevel(walk: Walk, level: readonly string[]): Promise<readonly string[]> {
  const known: string[] = [];
  const newFolders: string[] = [];
  const newFiles: LooseFile[] = [];
  for (const folder of level) {
    using open = walk.work.folder(folder);
    if (open === undefined) {
      skip(walk, folder, unreadable);
      continue;
    }
    const rules = open.read(".gitignore", maxIgnoreFile);
    if (rules !== undefined) walk.ignore.addRules(folder, rules);
    for (const { name, kind } of open.names()) {
      const path = folder === "" ? name : `${folder}/${name}`;
      walk.entries += 1;
      if (walk.entries > maxEntries) throw tooLarge("more files", `${maxEntries}`);
      // The bottle's repository was read before; a name like it, anywhere else, is an attack or another repository.
      if (path === ".git") continue;
      if (!isSafeName(name)) skip(walk, path, "its name is not safe on every file system");
      else if (path.length > maxPath) skip(walk, path, "its path is too long");
      else if (kind === "other") skip(walk, path, "it is no file, folder or link");
      else if (kind === "folder") {
        if (walk.tracked.files.get(path)?.mode === "160000") continue;
        (walk.tracked.folders.has(path) ? known : newFolders).push(path);
        walk.ignore.addFolder(path);
      } else if (walk.tracked.files.has(path)) {
        walk.seen.add(path);
        if (await isChanged(walk, open, path, name, kind))
          walk.changed.push({ folder, name, path, kind });
      } else newFiles.push({ folder, name, path, kind });
    }
  }
  const ignored = await walk.ignore.ignored([...newFolders, ...newFiles.map((file) => file.path)]);
  walk.changed.push(...newFiles.filter((file) => !ignored.has(file.path)));
  return [
    ...known,
    ...newFolders.filter((folder) => !ignored.has(folder) && !isRepository(walk, folder)),
  ];
}

function isRepository(walk: Walk, path: string): boolean {
  using open = walk.work.folder(path);
  if (!(open?.names() ?? []).some(({ name }) => name === ".git")) return false;
  skip(walk, path, "it is a repository of its own");
  return true;
}

/** What cannot be read counts as changed here; the commit passes it over and says so. */
async function isChanged(
  walk: Walk,
  open: SafeFolder,
  path: string,
  name: string,
  kind: "file" | "link",
): Promise<boolean> {
  const tracked = walk.tracked.files.get(path);
  if (tracked === undefined) return true;
  const hash = createHash(walk.stage.format);
  if (kind === "link") {
    const to = open.link(name) ?? Buffer.alloc(0);
    return (
      tracked.mode !== "120000" ||
      tracked.id !== hash.update(`blob ${to.length}\0`).update(to).digest("hex")
    );
  }
  using file = open.file(name);
  if (file === undefined || tracked.mode !== (file.executable ? "100755" : "100644")) return true;
  if (file.size > maxFile) return true;
  hash.update(`blob ${file.size}\0`);
  await copyFile(
    file,
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done();
      },
    }),
  );
  return tracked.id !== hash.digest("hex");
}

function isKept({ kept }: Walk, path: string): boolean {
  if (kept.size === 0) return false;
  const steps = path.split("/");
  return steps.some((_step, index) => kept.has(steps.slice(0, index + 1).join("/")));
}

function skip(walk: Walk, path: string, reason: string): void {
  walk.kept.add(path);
  if (walk.skipped.length < maxSkipped) walk.skipped.push({ path: printable(path), reason });
}
