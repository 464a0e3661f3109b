/** Whether a folder or file of this host can be shared read-only: what it is, how one gets to it, and what speaks in it. */
import type { BigIntStats } from "node:fs";
import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { printable } from "../names.ts";
import { identityOf, OpenFolder } from "../mount/open-folder.ts";
import { rulesFor } from "../mount/rules.ts";
import { walk } from "../mount/walk.ts";

export interface SharedSource {
  /** Without any link in it. */
  readonly source: string;
  /** Device, inode and birth, by which it is known inside. */
  readonly identity: string;
}

/** Entries that are looked through for sockets: a second or two. */
const bounds = { depth: 200, entries: 1_000_000 };

/** `uid`: who runs us. A bottle that root starts runs as somebody else, who must be able to read it. */
export async function checkSharedSource(path: string, uid: number): Promise<SharedSource> {
  await refuseLinks(path);
  const source = await realpath(path).catch(() => undefined);
  if (source === undefined) throw refused(path, "It is not there.");
  const stat = await lstat(source, { bigint: true });
  if (!stat.isDirectory() && !stat.isFile()) throw refused(path, "It is no folder and no file.");
  if (uid === 0 && !isReadableByOthers(stat))
    throw refused(
      path,
      "Started as root, a bottle runs as an unprivileged user, who may not read it.",
    );
  if (stat.isDirectory()) await refuseSockets(path, source);
  return { source, identity: identityOf(stat) };
}

/**
 * A link on the way could have been planted by a bottle that worked on a folder itself. Links of root's, such as /var/run, could
 * not: no bottle is root.
 */
async function refuseLinks(path: string): Promise<void> {
  for (let step = path; step !== "/"; step = dirname(step)) {
    const found = await lstat(step).catch(() => undefined);
    if (found?.isSymbolicLink() !== true || found.uid === 0) continue;
    const to = await realpath(path).catch(() => undefined);
    throw refused(
      path,
      `${step} is a link (to ${JSON.stringify(await readlink(step))}), and links are not followed.`,
      to === undefined ? undefined : `Write ${to} instead, if that is what you mean.`,
    );
  }
}

function isReadableByOthers({ mode }: BigIntStats): boolean {
  const wanted = (mode & 0o170000n) === 0o040000n ? 0o005n : 0o004n;
  return (mode & wanted) === wanted;
}

/** One can talk to a socket on a read-only mount, and to whatever program is behind it (unix(7)). */
async function refuseSockets(path: string, source: string): Promise<void> {
  using top = OpenFolder.open(source);
  let socket: string | undefined;
  const walked = await walk(top, rulesFor([]), bounds, ({ path: found, name, kind, parent }) => {
    if (kind === "other" && parent.stat(name)?.isSocket() === true) socket ??= found;
    return socket === undefined;
  });
  if (socket !== undefined)
    throw refused(
      path,
      `${printable(socket)} in it is a socket, through which a bottle could talk to a program of this host.`,
    );
  if (!walked.whole)
    throw refused(
      path,
      `It has more than ${bounds.entries} files, or folders too deep to look through.`,
    );
}

function refused(path: string, why: string, next?: string): BottleError {
  return new BottleError({
    code: "E_PLAN_MOUNT",
    what: `${path} cannot be shared with a bottle.`,
    why,
    next: next ?? "Name a folder that holds nothing but what the agent shall read.",
  });
}
