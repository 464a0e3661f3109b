/** The mount points inside: what is held, read-only; every folder on the way to it, so that none can be renamed (rename(2), EBUSY). */
import { isUtf8 } from "node:buffer";
import { bytesOf, printable } from "../names.ts";
import type { Fault } from "./inventory.ts";
import { inParent } from "./leads.ts";
import { identityOf } from "./open-folder.ts";
import type { OpenFolder } from "./open-folder.ts";

export interface Point {
  /** From the workspace's top on. */
  readonly path: string;
  /** `cover`: nothing is to be seen of it, as of a socket. */
  readonly mode: "ro" | "rw" | "cover";
  /** Device, inode and birth. */
  readonly identity: string;
}

/** bubblewrap reads its own mounts again for each: a thousand take 1.3 s, a hundred 50 ms. */
const maxPoints = 1000;

/** Parents come before what is in them. All paths are as names.ts has them, and were there a moment ago. */
export function pointsOf(
  top: OpenFolder,
  paths: {
    readonly held: readonly string[];
    readonly repositories: readonly string[];
    readonly sockets: readonly string[];
  },
): { readonly points: readonly Point[]; readonly faults: readonly Fault[] } {
  const held = new Set(paths.held);
  const inHeld = (path: string): boolean => parentsOf(path).some((parent) => held.has(parent));
  const modes = new Map<string, Point["mode"]>();
  for (const path of held) if (!inHeld(path)) modes.set(path, "ro");
  for (const path of paths.repositories)
    if (!inHeld(path) && !modes.has(path)) modes.set(path, "rw");
  for (const path of paths.sockets) modes.set(path, "cover");
  for (const path of [...modes.keys()])
    for (const parent of parentsOf(path))
      if (!modes.has(parent) && !inHeld(parent)) modes.set(parent, "rw");
  const faults: Fault[] = [];
  if (modes.size > maxPoints)
    faults.push({
      path: ".",
      why: `has ${modes.size} protected paths and folders on the way to them; ${maxPoints} can be held`,
    });
  const points = [...modes.keys()].toSorted().flatMap((path): Point[] => {
    const mode = modes.get(path) ?? "ro";
    if (!isUtf8(bytesOf(path))) {
      faults.push({ path: printable(path), why: "has a name that is not UTF-8" });
      return [];
    }
    const identity = identityAt(top, path);
    if (identity === undefined) return [];
    return [{ path: printable(path), mode, identity }];
  });
  return { points, faults };
}

function parentsOf(path: string): readonly string[] {
  const steps = path.split("/");
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join("/"));
}

/** Undefined if nothing stands there any more. */
export function identityAt(top: OpenFolder, path: string): string | undefined {
  let found: string | undefined;
  inParent(top, path, (parent, name) => {
    const stat = parent.stat(name);
    if (stat !== undefined) found = identityOf(stat);
  });
  return found;
}
