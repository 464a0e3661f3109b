/** When every process of the bottle is dead: what of the protected set is new is taken away, what changed is told. */
import { posix } from "node:path";
import { nameOf, printable } from "../names.ts";
import { gitPaths } from "../protected/git-paths.ts";
import { protectedPaths } from "../protected/table.ts";
import type { Base, Findings, Taken } from "./base.ts";
import { isOddInGit, stampOf } from "./inventory.ts";
import { inParent } from "./leads.ts";
import { identityOf } from "./open-folder.ts";
import type { OpenFolder } from "./open-folder.ts";
import { identityAt } from "./points.ts";
import type { Point } from "./points.ts";
import type { Quarantine } from "./quarantine.ts";
import type { SmallFile } from "./read-file.ts";
import { rulesFor } from "./rules.ts";
import type { Visit, WalkBounds } from "./walk.ts";
import { walk } from "./walk.ts";

export interface CompareOptions {
  /** The top's real path. */
  readonly root: string;
  readonly base: Base;
  readonly quarantine: Quarantine;
  /** Empty where the supervisor that had them is dead. */
  readonly copies: ReadonlyMap<string, SmallFile>;
  /** Every mount point, while it is known that the bottle had them to its end. */
  readonly points?: readonly Pick<Point, "path" | "identity">[];
  /** Milliseconds since the epoch: when the bottle began to be made. */
  readonly openedAt: number;
  /** Milliseconds since the epoch: what is born later is the owner's own. Absent while the supervisor that compares lives. */
  readonly diedAt?: number;
  /** How far the walk goes; tests make it short. */
  readonly bounds?: WalkBounds;
}

/** More than at the start, because a bottle adds. */
const longest: WalkBounds = { depth: 250, entries: 5_000_000 };
/** Names of one kind that a report has at most. */
const maxTold = 200;
const setIds = 0o6000n;
/** Milliseconds by which a file's time may be behind the clock (inode(7): it is that of the last tick). */
const slack = 1000;

export async function compareFolder(top: OpenFolder, options: CompareOptions): Promise<Findings> {
  const { base, quarantine, openedAt, diedAt, bounds = longest } = options;
  const known = new Map(base.known);
  const told = new Map(base.told);
  const seen = new Set<string>();
  const taken: Taken[] = [];
  const lost: { path: string; putBack: boolean }[] = [];
  const changed: string[] = [];
  const links: string[] = [];
  const problems: { path: string; why: string }[] = [];
  const isNew = (time: bigint): boolean => time >= nanoseconds(openedAt - slack);
  // Zero where the file system knows no birth.
  const isLate = (time: bigint): boolean => diedAt !== undefined && time > nanoseconds(diedAt);

  const take = (parent: OpenFolder, name: string, path: string, why: string): void => {
    const before = known.has(path);
    try {
      taken.push(quarantine.take(parent, name, path, why));
    } catch (error) {
      const { code = "unknown error" } = error as NodeJS.ErrnoException;
      problems.push({ path: printable(path), why: `${why}, and could not be moved (${code})` });
      return;
    }
    if (!before) return;
    lost.push({
      path: printable(path),
      putBack: putBack(parent, name, path, options.copies, problems),
    });
    const now = parent.stat(name);
    if (now !== undefined) known.set(path, identityOf(now));
  };

  const visit = (found: Visit): boolean => {
    const { path, name, kind, parent } = found;
    const stat = needsStat(found, known) ? parent.stat(name) : undefined;
    if (stat === undefined) return true;
    const before = known.get(path);
    // A repository's HEAD is written anew with each checkout.
    if (before === identityOf(stat) || (before !== undefined && found.makesGit)) {
      seen.add(path);
      return found.what === undefined || found.isGit;
    }
    const why =
      before === undefined
        ? reasonToTake(found, stat.mode & setIds, isNew(stat.ctimeNs))
        : "protected, and replaced on the host while the bottle ran";
    if (why !== undefined && !isLate(stat.birthtimeNs)) {
      seen.add(path);
      take(parent, name, path, why);
      return false;
    }
    if (found.told && kind === "file" && told.get(path) !== stampOf(stat)) note(changed, path);
    if (kind === "link" && isNew(stat.ctimeNs) && leadsOut(options.root, path, parent.link(name)))
      note(links, path);
    return true;
  };
  // First what can be named, so that no number of other files keeps it from being seen.
  for (const path of namedPaths(base))
    atPath(top, path, (parent, name) => {
      const stat = parent.stat(name);
      if (stat === undefined || known.get(path) === identityOf(stat) || isLate(stat.birthtimeNs))
        return;
      seen.add(path);
      take(parent, name, path, "protected");
    });
  const walked = await walk(top, rulesFor(base.protect), bounds, visit);
  for (const path of base.awaited)
    atPath(top, path, (parent, name) => {
      if (parent.stat(name) !== undefined)
        take(parent, name, path, "something protected leads to it");
    });
  for (const [path, mode] of base.modes)
    if (closeAgain(top, path, mode))
      problems.push({
        path: path === "" ? "." : printable(path),
        why: "was opened to other users, and is as it was again",
      });
  const explained = new Set(lost.map(({ path }) => path));
  for (const { path, identity } of options.points ?? []) {
    let now: string | undefined;
    atPath(top, nameOf(path), (parent, name) => (now = identityAt(parent, name)));
    if (now !== identity && !explained.has(path)) lost.push({ path, putBack: false });
  }
  for (const path of known.keys())
    if (!seen.has(path)) problems.push({ path: printable(path), why: "is gone" });
  for (const one of walked.unread)
    if (!base.unread.includes(one.path))
      problems.push({ ...one, why: `could not be looked into (${one.why})` });
  if (!walked.whole)
    problems.push({
      path: ".",
      why: "is too large or too deep to be looked through: treat all of it as hostile",
    });
  return { taken, lost, changed, links, problems };
}

function namedPaths({ repositories, protect }: Base): readonly string[] {
  const yours = protect.map((path) => nameOf(path.replace(/(?:\/\*\*)+$/, "")));
  const plain = [...protectedPaths.flatMap(({ paths }) => paths), ...yours].filter(
    (path) => !path.includes("*"),
  );
  const git = gitPaths.flatMap((path) => repositories.map((repository) => `${repository}/${path}`));
  return [...git, ...plain];
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds)) * 1_000_000n;
}

function needsStat(found: Visit, known: ReadonlyMap<string, string>): boolean {
  // Every file: a set-user-id bit can stand on any.
  return (
    found.kind !== "folder" || found.what !== undefined || found.isGit || known.has(found.path)
  );
}

function reasonToTake(found: Visit, bits: bigint, isNew: boolean): string | undefined {
  if (found.isGit) return "a git repository that was not there";
  if (found.makesGit) return "it makes the folder a git repository";
  if (found.what !== undefined) return `protected (${found.what})`;
  if (found.kind === "link" && found.onTheWay) return "a link where protected paths may lie";
  if (isOddInGit(found)) return "a link or no file, in a git folder";
  if (found.kind === "file" && bits !== 0n && isNew)
    return "a file with a set-user-id or set-group-id bit";
  return undefined;
}

function leadsOut(root: string, path: string, text: Buffer): boolean {
  const from = posix.dirname(`${nameOf(root)}/${path}`);
  const target = posix.resolve(from, text.toString("latin1"));
  return target !== nameOf(root) && !target.startsWith(`${nameOf(root)}/`);
}

/** True if group or others could write where they could not before. */
function closeAgain(top: OpenFolder, path: string, before: number): boolean {
  const isOpened = (mode: bigint): boolean => (Number(mode) & ~before & 0o022) !== 0;
  let opened = false;
  if (path === "") {
    opened = isOpened(top.ownStat().mode);
    if (opened) top.setMode(before);
  } else
    atPath(top, path, (parent, name) => {
      const stat = parent.stat(name);
      opened = stat !== undefined && stat.isDirectory() && isOpened(stat.mode);
      if (opened) parent.setFolderMode(name, before);
    });
  return opened;
}

function putBack(
  parent: OpenFolder,
  name: string,
  path: string,
  copies: ReadonlyMap<string, SmallFile>,
  problems: { path: string; why: string }[],
): boolean {
  const copy = copies.get(path);
  if (copy === undefined) return false;
  try {
    const owner = process.getuid?.() === 0 ? { uid: copy.uid, gid: copy.gid } : undefined;
    parent.write(name, copy.content, copy.mode, owner);
    return true;
  } catch (error) {
    problems.push({
      path: printable(path),
      why: `could not be put back (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`,
    });
    return false;
  }
}

function atPath(
  top: OpenFolder,
  path: string,
  act: (parent: OpenFolder, name: string) => void,
): void {
  try {
    inParent(top, path, act);
  } catch {
    // A folder on the way is not there, or a link: what was awaited is not there.
  }
}

function note(list: string[], path: string): void {
  if (list.length < maxTold) list.push(printable(path));
}
