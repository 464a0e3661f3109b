/**
 * Where held paths lead: a hook that is a link into the folder, a program that git's config names. The agent must not be able
 * to write there either.
 */
import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { bytesOf, printable } from "../names.ts";
import type { Fault, Held } from "./inventory.ts";
import type { OpenFolder } from "./open-folder.ts";

export interface Leads {
  /** Paths below the top that something held leads to; they may not be there. */
  readonly paths: readonly string[];
  /** Sockets in held folders. */
  readonly sockets: readonly string[];
  /** Held files that have further names somewhere, by device and inode. */
  readonly linked: ReadonlyMap<string, string>;
  readonly faults: readonly Fault[];
}

/** Names in held folders; editors keep a few dozen files, nobody many thousands. */
const maxNames = 20_000;

/** `root` is the real path of the top, as names.ts has it. */
export function findLeads(top: OpenFolder, root: string, held: readonly Held[]): Leads {
  const paths: string[] = [];
  const linked = new Map<string, string>();
  const sockets: string[] = [];
  const faults: Fault[] = [];
  let names = 0;
  const look = (parent: OpenFolder, name: string, path: string): void => {
    names += 1;
    if (names > maxNames) return;
    const stat = parent.stat(name);
    if (stat === undefined) return;
    if (stat.isSymbolicLink()) {
      const lead = leadOf(root, path, parent.link(name));
      if (lead?.why !== undefined) faults.push({ path: printable(path), why: lead.why });
      else if (lead !== undefined) paths.push(lead.path);
    } else if (stat.isSocket()) sockets.push(path);
    else if (stat.isFile() && stat.nlink > 1n) linked.set(`${stat.dev}:${stat.ino}`, path);
    else if (stat.isDirectory()) {
      using folder = parent.folder(name);
      for (const entry of folder.entries()) look(folder, entry.name, `${path}/${entry.name}`);
    }
  };
  for (const { path } of held) inParent(top, path, (parent, name) => look(parent, name, path));
  if (names > maxNames)
    faults.push({ path: ".", why: `has more than ${maxNames} protected files to look through` });
  return { paths, sockets, linked, faults };
}

/** Opens the folder of a path that was walked before. */
export function inParent(
  top: OpenFolder,
  path: string,
  act: (parent: OpenFolder, name: string) => void,
): void {
  const steps = path.split("/");
  const name = steps.pop() ?? "";
  let folder = top;
  try {
    for (const step of steps) {
      const next = folder.folder(step);
      if (folder !== top) folder[Symbol.dispose]();
      folder = next;
    }
    act(folder, name);
  } finally {
    if (folder !== top) folder[Symbol.dispose]();
  }
}

type Lead = { readonly path: string; readonly why?: string };

/** Undefined for a link out of the folder, where no bottle writes. */
function leadOf(root: string, path: string, text: Buffer): Lead | undefined {
  const from = `${root}/${path}`;
  const said = posix.resolve(posix.dirname(from), text.toString("latin1"));
  const inner = relativeTo(root, said);
  let real: string | undefined;
  try {
    real = realpathSync(bytesOf(from), { encoding: "buffer" }).toString("latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      return inner === undefined ? undefined : { path: inner, why: "is a link that leads nowhere" };
  }
  if (inner !== undefined && real !== undefined && real !== said)
    return { path: inner, why: "is a link that leads through another link" };
  return pathOf(real === undefined ? inner : relativeTo(root, real));
}

function pathOf(path: string | undefined): Lead | undefined {
  if (path === undefined) return undefined;
  return path === "" ? { path, why: "is a link to the whole folder" } : { path };
}

function relativeTo(root: string, path: string): string | undefined {
  if (path === root) return "";
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
}
