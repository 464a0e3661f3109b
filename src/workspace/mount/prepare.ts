/** From a folder to its mount points, and to what is compared when the bottle is gone. */
import { posix } from "node:path";
import { nameOf } from "../names.ts";
import { isGitName } from "../protected/git-paths.ts";
import { unprotectable } from "./errors.ts";
import { pathsInConfig } from "./git-config.ts";
import { sharedInodes } from "./hard-links.ts";
import type { Fault, Held, Inventory } from "./inventory.ts";
import { inventoryPath, takeInventory } from "./inventory.ts";
import { findLeads, inParent } from "./leads.ts";
import type { OpenFolder } from "./open-folder.ts";
import type { Point } from "./points.ts";
import { pointsOf } from "./points.ts";
import type { SmallFile } from "./read-file.ts";
import { readSmallFile } from "./read-file.ts";
import type { Rules } from "./rules.ts";
import type { WalkBounds } from "./walk.ts";

export interface Prepared {
  readonly points: readonly Point[];
  readonly modes: readonly (readonly [string, number])[];
  readonly known: ReadonlyMap<string, string>;
  readonly told: ReadonlyMap<string, string>;
  /** Paths that something held leads to and that are not there: new ones are taken away. */
  readonly awaited: readonly string[];
  readonly repositories: readonly string[];
  /** Folders that could not be looked into; printable. */
  readonly unread: readonly string[];
  /** Content of held files, to put back what was replaced. Never written anywhere: there may be tokens in it. */
  readonly copies: ReadonlyMap<string, SmallFile>;
}

/** A walk at the start: more is no project. */
const bounds: WalkBounds = { depth: 200, entries: 2_000_000 };
const maxConfig = 1024 * 1024;
const maxCopy = 256 * 1024;
const maxCopies = 16 * 1024 * 1024;
/** Links in what links lead to, and so on. */
const maxRounds = 5;

export async function prepareMount(
  top: OpenFolder,
  options: {
    /** The top's real path. */
    readonly root: string;
    readonly rules: Rules;
    /** Texts of the owner's own git config files. */
    readonly ownerConfigs: readonly string[];
    /** Further paths to hold, from the top on. */
    readonly also: readonly string[];
  },
): Promise<Prepared> {
  const { root, rules } = options;
  const inventory = await takeInventory(top, rules, bounds);
  if (!inventory.walked.whole)
    throw unprotectable(root, [
      {
        path: ".",
        why: `has more than ${bounds.entries} files, or folders more than ${bounds.depth} deep`,
      },
    ]);
  const hold = holder(top, inventory);
  for (const path of options.also) hold.path(nameOf(path), false);
  for (const { path, isWord } of configPaths(top, root, inventory.held, options.ownerConfigs))
    hold.path(path, isWord);
  const faults: Fault[] = [...inventory.faults];
  const sockets = [...inventory.sockets];
  const linked = new Map<string, string>();
  let fresh: readonly Held[] = hold.all();
  for (let round = 0; fresh.length > 0 && round < maxRounds; round += 1) {
    const leads = findLeads(top, nameOf(root), fresh);
    faults.push(...leads.faults);
    sockets.push(...leads.sockets);
    for (const [inode, path] of leads.linked) linked.set(inode, path);
    const before = hold.all().length;
    for (const path of leads.paths) hold.path(path, false);
    fresh = hold.all().slice(before);
  }
  if (linked.size > 0) faults.push(...(await sharedInodes(top, rules, bounds, linked, hold.all())));
  const placed = pointsOf(top, {
    held: hold.all().map(({ path }) => path),
    repositories: inventory.repositories,
    sockets,
  });
  faults.push(...hold.faults, ...placed.faults);
  if (faults.length > 0) throw unprotectable(root, faults);
  const known = new Map(inventory.known);
  for (const { path, identity } of hold.all()) known.set(path, identity);
  return {
    points: placed.points,
    modes: modesOf(top, placed.points),
    known,
    told: inventory.told,
    awaited: hold.awaited,
    repositories: inventory.repositories,
    unread: inventory.walked.unread.map(({ path }) => path),
    copies: copiesOf(top, hold.all()),
  };
}

interface Holder {
  /** Holds one more path; what is not there yet is awaited. `isWord`: a folder of that name is none of our business. */
  path(path: string, isWord: boolean): void;
  all(): readonly Held[];
  readonly awaited: string[];
  readonly faults: Fault[];
}

function holder(top: OpenFolder, inventory: Inventory): Holder {
  const held = new Map(inventory.held.map((one) => [one.path, one]));
  const awaited: string[] = [];
  const faults: Fault[] = [];
  return {
    awaited,
    faults,
    all: () => [...held.values()],
    path(path, isWord) {
      if ([...held.keys()].some((known) => path === known || path.startsWith(`${known}/`))) return;
      const found = inventoryPath(top, path);
      if (found === undefined) awaited.push(path);
      else if ("why" in found) faults.push(found);
      else if (found.kind === "file" || !isWord) held.set(path, found);
    },
  };
}

/** Paths below the top that git's config names: the repositories' own, and the owner's. */
function configPaths(
  top: OpenFolder,
  root: string,
  held: readonly Held[],
  ownerConfigs: readonly string[],
): readonly { readonly path: string; readonly isWord: boolean }[] {
  const found: { path: string; isWord: boolean }[] = [];
  const read = (text: string, tree: string, folder: string): void => {
    for (const { path, from, isWord } of pathsInConfig(text)) {
      const rest = posix.relative(
        nameOf(root),
        posix.resolve(nameOf(root), from === "tree" ? tree : folder, path),
      );
      if (rest !== "" && rest !== ".." && !rest.startsWith("../"))
        found.push({ path: rest, isWord });
    }
  };
  for (const { path } of held) {
    const name = posix.basename(path);
    if (name !== "config" && name !== "config.worktree") continue;
    const folder = posix.dirname(path);
    const text = readSmallFile(top, path, maxConfig)?.content.toString("latin1");
    const tree = isGitName(posix.basename(folder)) ? posix.dirname(folder) : folder;
    if (text !== undefined) read(text, tree, folder);
  }
  for (const text of ownerConfigs) read(text, ".", "/");
  return found;
}

function copiesOf(top: OpenFolder, held: readonly Held[]): ReadonlyMap<string, SmallFile> {
  const copies = new Map<string, SmallFile>();
  let room = maxCopies;
  for (const { path, kind } of held) {
    if (kind !== "file") continue;
    const file = readSmallFile(top, path, Math.min(maxCopy, room));
    if (file === undefined) continue;
    copies.set(path, file);
    room -= file.content.length;
  }
  return copies;
}

/** Whoever may write to a folder on the way may take away what is held in it. */
function modesOf(top: OpenFolder, points: readonly Point[]): Prepared["modes"] {
  const modes: [string, number][] = [["", Number(top.ownStat().mode & 0o7777n)]];
  for (const { path, mode } of points)
    if (mode === "rw")
      inParent(top, nameOf(path), (parent, name) => {
        const stat = parent.stat(name);
        if (stat !== undefined) modes.push([nameOf(path), Number(stat.mode & 0o7777n)]);
      });
  return modes;
}
