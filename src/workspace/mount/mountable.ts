/** Which folders a bottle can work on itself: a project of one ordinary user, all of it in one place, with nothing of ours in it. */
import { constants } from "node:fs";
import { access, lstat, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { isSystemFolder } from "../source.ts";
import { notMountable } from "./errors.ts";
import { mountsBelow } from "../../host/mount-table.ts";

export interface MountPlace {
  /** Absolute path of the folder. */
  readonly source: string;
  /** The owner's home. */
  readonly home: string;
  /** What a bottle must never write to, and what it is: `the records`. Need not be there. */
  readonly own: readonly { readonly path: string; readonly what: string }[];
  /** Who runs us; 0 is root. */
  readonly uid: number;
}

export interface Mountable {
  readonly root: string;
  /** Who the bottle's processes are on the host, so that what they write belongs to the folder's owner. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export async function checkMountable(place: MountPlace): Promise<Mountable> {
  const { source } = place;
  const root = await realpath(source).catch(() => undefined);
  if (root === undefined) throw notMountable(source, "It is not there.");
  const stat = await lstat(root);
  if (!stat.isDirectory()) throw notMountable(source, "It is not a folder.");
  if (isSystemFolder(root))
    throw notMountable(
      source,
      "It is one of the system's own folders.",
      "Start in the folder of one project.",
    );
  for (const { path, what } of [{ path: place.home, what: "your home" }, ...place.own]) {
    const real = await realpath(path).catch(() => path);
    if (isWithin(real, root)) throw notMountable(source, `It is, or holds, ${what} (${real}).`);
    if (what !== "your home" && isWithin(root, real))
      throw notMountable(source, `It is part of ${what} (${real}).`);
  }
  const [inner] = mountsBelow(await readFile("/proc/self/mountinfo", "latin1"), root);
  if (inner !== undefined)
    throw notMountable(source, `Another file system is mounted in it, at ${inner}.`);
  await requireWritable(source, root);
  await requireOwnGit(source, root);
  return { root, owner: ownerFor(place, stat) };
}

/**
 * A bottle's processes have the uid of the folder's owner: what they write is his, nothing is given to anybody else, and no
 * other file of the host becomes theirs. That uid is never 0 (DESIGN promise 5).
 */
function ownerFor(
  { source, uid }: MountPlace,
  stat: { uid: number; gid: number },
): Mountable["owner"] {
  if (stat.uid === 0)
    throw notMountable(
      source,
      "It belongs to root, and no process of a bottle is root on the host.",
      "Use workspace: clone; or give the folder to an ordinary user (chown -R) and start as that user, or as root.",
    );
  if (uid !== 0 && stat.uid !== uid) throw notMountable(source, "It belongs to another user.");
  // Group 0 opens files of root's group.
  return { uid: stat.uid, gid: stat.gid === 0 ? stat.uid : stat.gid };
}

async function requireWritable(source: string, root: string): Promise<void> {
  const error: unknown = await access(root, constants.W_OK).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error === undefined) return;
  const isReadOnly = (error as NodeJS.ErrnoException).code === "EROFS";
  throw notMountable(
    source,
    isReadOnly ? "It is on a read-only file system." : "You may not write to it.",
  );
}

/** git inside has the folder and nothing else. */
async function requireOwnGit(source: string, root: string): Promise<void> {
  const git = join(root, ".git");
  const found = await lstat(git).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory())
    throw notMountable(
      source,
      "Its .git is a file or a link: the repository is elsewhere, and git would not work inside.",
      "Use workspace: clone, or start in the main worktree.",
    );
  const alternates = join(git, "objects/info/alternates");
  const borrowed = await lstat(alternates).catch(() => undefined);
  if (borrowed !== undefined && borrowed.size > 0)
    throw notMountable(
      source,
      "It borrows objects of another repository (objects/info/alternates).",
    );
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
