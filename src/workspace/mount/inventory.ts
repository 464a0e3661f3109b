/** What of the folder is protected, before a bottle is made: nothing hostile runs yet, but something hostile may have been here before. */
import type { Named } from "../names.ts";
import { printable } from "../names.ts";
import type { OpenFolder } from "./open-folder.ts";
import { identityOf } from "./open-folder.ts";
import type { Rules } from "./rules.ts";
import type { Visit, Walked, WalkBounds } from "./walk.ts";
import { walk } from "./walk.ts";

export interface Held {
  readonly path: string;
  readonly kind: "file" | "folder";
  readonly identity: string;
}

export interface Inventory {
  /** Read-only inside. */
  readonly held: readonly Held[];
  /** Git folders: written to inside, and never moved. */
  readonly repositories: readonly string[];
  /** Sockets of the host's programs, which a bottle could otherwise talk to. */
  readonly sockets: readonly string[];
  /** By path, everything that would be taken away if it were new. */
  readonly known: ReadonlyMap<string, string>;
  /** By path, what changes when the file does. */
  readonly told: ReadonlyMap<string, string>;
  /** Why the folder cannot be protected. */
  readonly faults: readonly Fault[];
  readonly walked: Walked;
}

/** `path` is printable. */
export interface Fault {
  readonly path: string;
  readonly why: string;
}

export async function takeInventory(
  top: OpenFolder,
  rules: Rules,
  bounds: WalkBounds,
): Promise<Inventory> {
  const held: Held[] = [];
  const repositories: string[] = [];
  const sockets: string[] = [];
  const known = new Map<string, string>();
  const told = new Map<string, string>();
  const faults: Fault[] = [];
  const visit = (found: Visit): boolean => {
    const { path, name, kind, parent } = found;
    const isProtected = found.what !== undefined || found.isGit;
    const why = faultOf(found, isProtected);
    if (why !== undefined) {
      faults.push({ path: printable(path), why });
      return false;
    }
    const stat = needsStat(found, isProtected) ? parent.stat(name) : undefined;
    if (stat === undefined) return true;
    if (isProtected || found.makesGit || isOddInGit(found)) known.set(path, identityOf(stat));
    if (stat.isSocket()) sockets.push(path);
    if (found.told && kind === "file") told.set(path, stampOf(stat));
    if (found.isGit && kind === "folder") repositories.push(path);
    else if (isProtected && (kind === "file" || kind === "folder"))
      held.push({ path, kind, identity: identityOf(stat) });
    // What is held whole has no parts that are held.
    return found.what === undefined || found.isGit;
  };
  const walked = await walk(top, rules, bounds, visit);
  return { held, repositories, sockets, known, told, faults, walked };
}

/** The same for a path that the tables do not name: every step is a real folder, or it is a fault. */
export function inventoryPath(top: OpenFolder, path: string): Held | Fault | undefined {
  const names = path.split("/");
  let folder = top;
  try {
    for (const [index, name] of names.entries()) {
      const stat = folder.stat(name);
      if (stat === undefined) return undefined;
      const last = index === names.length - 1;
      if (stat.isSymbolicLink()) return { path: printable(path), why: "a link stands on the way" };
      if (last && stat.isFile()) return { path, kind: "file", identity: identityOf(stat) };
      if (!stat.isDirectory()) return { path: printable(path), why: "is no file and no folder" };
      if (last) return { path, kind: "folder", identity: identityOf(stat) };
      const next = folder.folder(name);
      if (folder !== top) folder[Symbol.dispose]();
      folder = next;
    }
    return undefined;
  } finally {
    if (folder !== top) folder[Symbol.dispose]();
  }
}

function faultOf(found: Visit, isProtected: boolean): string | undefined {
  const { kind } = found;
  if (kind === "link" && isProtected) return "is a link, which cannot be held in place";
  if (kind === "link" && found.onTheWay) return "is a link where protected paths may lie";
  if (kind === "other" && isProtected) return "is no file and no folder";
  return undefined;
}

function needsStat(found: Visit, isProtected: boolean): boolean {
  return isProtected || found.told || found.makesGit || found.kind === "other" || isOddInGit(found);
}

/** git follows links in its folder, and waits for pipes. */
export function isOddInGit({ inGit, kind }: { inGit: boolean; kind: Named["kind"] }): boolean {
  return inGit && (kind === "link" || kind === "other");
}

/** The time of the last change of a file's content, name or mode cannot be set by whoever changes it (inode(7)). */
export function stampOf(stat: { ino: bigint; size: bigint; ctimeNs: bigint }): string {
  return `${stat.ino}:${stat.size}:${stat.ctimeNs}`;
}
