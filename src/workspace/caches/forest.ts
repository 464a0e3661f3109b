/**
 * A cache as a forest of links: folders that belong to the bottle, with a link in them for each file of the host's cache, which is
 * mounted read-only. The program adds files, and replaces links by files, without changing anything that another bottle reads.
 */
import {
  constants,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { BottleError } from "../../errors/error.ts";

export interface Forest {
  readonly source: string;
  readonly target: string;
  /** In the bottle's home. */
  readonly home: string;
  readonly linked: readonly string[];
  readonly copied: readonly string[];
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Files of one cache; each costs 20 µs and an inode. */
const maxFiles = 300_000;
/** Bytes of one cache that are copied. */
const maxBytes = 256 * 1024 * 1024;
const maxDepth = 40;
/** Milliseconds in one go. */
const slice = 8;

/** Into a home in which nothing of the bottle runs yet. `owner`: to whom root gives what it makes. */
export async function plantForests(
  home: string,
  forests: readonly Forest[],
  owner: Owner | undefined,
): Promise<void> {
  for (const forest of forests) await plant(home, forest, owner);
}

async function plant(home: string, forest: Forest, owner: Owner | undefined): Promise<void> {
  let files = 0;
  let bytes = 0;
  let until = performance.now() + slice;
  const give = (path: string): void => {
    if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
  };
  const folder = (path: string): void => {
    mkdirSync(path, { mode: 0o700 });
    give(path);
  };
  // The list grows while it is walked.
  const waiting = [
    ...forest.linked.map((path) => ({ path, copy: false, depth: 0 })),
    ...forest.copied.map((path) => ({ path, copy: true, depth: 0 })),
  ].filter(({ path }) => isFolder(join(forest.source, path)));
  makeParents(home, forest.home, folder);
  for (const { path, copy, depth } of waiting) {
    folder(join(home, forest.home, path));
    for (const entry of readdirSync(join(forest.source, path), { withFileTypes: true })) {
      const below = join(path, entry.name);
      const to = join(home, forest.home, below);
      if (entry.isDirectory() && entry.name !== ".git" && depth < maxDepth)
        waiting.push({ path: below, copy, depth: depth + 1 });
      if (!entry.isFile()) continue;
      files += 1;
      if (files > maxFiles) throw tooLarge(forest, `more than ${maxFiles} files`);
      const stat = lstatSync(join(forest.source, below));
      // Of another user inside: it would be an error where without it there is only a miss.
      if (owner !== undefined && !copy && stat.uid !== owner.uid && (stat.mode & 0o004) === 0)
        continue;
      if (copy) {
        bytes += stat.size;
        if (bytes > maxBytes)
          throw tooLarge(forest, `an index of more than ${maxBytes / 1024 ** 2} MiB`);
        copyFileSync(
          join(forest.source, below),
          to,
          constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
        );
      } else symlinkSync(join(forest.target, below), to);
      give(to);
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + slice;
    }
  }
}

function makeParents(home: string, path: string, folder: (path: string) => void): void {
  let made = home;
  for (const step of path.split("/")) {
    made = join(made, step);
    if (!isFolder(made)) folder(made);
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function tooLarge({ source }: Forest, what: string): BottleError {
  return new BottleError({
    code: "E_PLAN_CACHE",
    what: `The cache ${source} is too large to be shared.`,
    why: `It has ${what}.`,
    next: "Clear it with its own program, or take it out of `caches`.",
  });
}
