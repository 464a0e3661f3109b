/** Goes through a folder that something hostile may have written, and says of each name what it is to the owner's programs. */
import { setImmediate } from "node:timers/promises";
import type { Named } from "../names.ts";
import { printable } from "../names.ts";
import { isGitName, looksLikeGit } from "../protected/git-paths.ts";
import type { Places } from "../protected/matcher.ts";
import type { ProtectedKind } from "../protected/protected-path.ts";
import { dependencyFolders } from "../protected/table.ts";
import type { OpenFolder } from "./open-folder.ts";
import type { Rules } from "./rules.ts";

/** A name of the walk; `parent` is open only while it is visited. */
export interface Visit {
  /** From the top, as names.ts has it. */
  readonly path: string;
  readonly name: string;
  readonly kind: Named["kind"];
  readonly parent: OpenFolder;
  /** Set if it is a protected path. */
  readonly what: ProtectedKind | undefined;
  /** A protected path could lie below: a link here would lead it elsewhere. */
  readonly onTheWay: boolean;
  /** Changes of it are told. */
  readonly told: boolean;
  /** `.git` itself, of whatever kind. */
  readonly isGit: boolean;
  /** Inside of a git folder. */
  readonly inGit: boolean;
  /** What makes the folder above a repository without the name `.git`. */
  readonly makesGit: boolean;
}

/** How far a walk goes. */
export interface WalkBounds {
  readonly depth: number;
  readonly entries: number;
}

export interface Walked {
  readonly entries: number;
  /** False if there was more than the bounds allow. */
  readonly whole: boolean;
  /** Folders that could not be opened, or lie too deep; printable. */
  readonly unread: readonly { readonly path: string; readonly why: string }[];
}

interface Frame {
  readonly folder: OpenFolder;
  readonly path: string;
  readonly names: Generator<Named, void>;
  readonly table: Places;
  readonly yours: Places;
  readonly told: Places;
  /** Set inside of a git folder. */
  readonly git: Places | undefined;
  readonly isShaped: boolean;
}

/** Milliseconds of walking in one go. */
const slice = 8;
/** Folders named at most as unread. */
const maxUnread = 50;

/** `visit` says whether to go into a folder. The caller closes `top`. */
export async function walk(
  top: OpenFolder,
  rules: Rules,
  bounds: WalkBounds,
  visit: (found: Visit) => boolean,
): Promise<Walked> {
  const unread: { path: string; why: string }[] = [];
  const stack: Frame[] = [];
  let entries = 0;
  let whole = true;
  let until = performance.now() + slice;
  const note = (path: string, why: string): void => {
    if (unread.length < maxUnread) unread.push({ path: printable(path), why });
  };
  try {
    stack.push(topFrame(top, rules));
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const { value: entry } = frame.names.next();
      if (entry === undefined) {
        if (frame.folder !== top) frame.folder[Symbol.dispose]();
        stack.pop();
        continue;
      }
      entries += 1;
      if (entries > bounds.entries) {
        whole = false;
        break;
      }
      const { found, below } = look(frame, entry, rules);
      if (visit(found) && entry.kind === "folder") {
        if (stack.length >= bounds.depth) {
          note(found.path, "too deep");
          whole = false;
        } else enter(stack, frame.folder, found, below, rules, note);
      }
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + slice;
    }
  } finally {
    for (const { folder, names } of stack) {
      names.return();
      if (folder !== top) folder[Symbol.dispose]();
    }
  }
  return { entries, whole, unread };
}

type Below = Pick<Frame, "table" | "yours" | "told" | "git">;

function topFrame(folder: OpenFolder, rules: Rules): Frame {
  const isShaped = looksLikeGit((name) => folder.stat(name) !== undefined);
  return {
    folder,
    path: "",
    names: folder.entries(),
    table: rules.table.top(),
    yours: rules.yours.top(),
    told: rules.told.top(),
    git: isShaped ? rules.git.top() : undefined,
    isShaped,
  };
}

function look(frame: Frame, entry: Named, rules: Rules): { found: Visit; below: Below } {
  const { name, kind } = entry;
  const path = frame.path === "" ? name : `${frame.path}/${name}`;
  const table = rules.table.step(frame.table, name);
  const yours = rules.yours.step(frame.yours, name);
  const told = rules.told.step(frame.told, name);
  const git = frame.git === undefined ? undefined : rules.git.step(frame.git, name);
  const isGit = isGitName(name);
  const found: Visit = {
    path,
    name,
    kind,
    parent: frame.folder,
    what: git?.kind ?? table.kind ?? yours.kind,
    onTheWay: table.onTheWay || yours.onTheWay || git?.onTheWay === true,
    told: told.kind !== undefined,
    isGit,
    inGit: git !== undefined,
    makesGit: frame.isShaped && name === "HEAD",
  };
  // Nothing of the table is looked for in a git folder, or in other people's projects.
  const isForeign = isGit || frame.git !== undefined || dependencyFolders.has(name);
  const below: Below = {
    table: isForeign ? [] : table.below,
    yours: yours.below,
    told: isForeign ? [] : told.below,
    git: isGit ? rules.git.top() : git?.below,
  };
  return { found, below };
}

function enter(
  stack: Frame[],
  parent: OpenFolder,
  { path, name }: Visit,
  places: Below,
  rules: Rules,
  note: (path: string, why: string) => void,
): void {
  let folder: OpenFolder | undefined;
  try {
    const below = parent.folder(name);
    folder = below;
    const isShaped = !isGitName(name) && looksLikeGit((part) => below.stat(part) !== undefined);
    const git = isShaped ? rules.git.top() : places.git;
    stack.push({ folder, path, names: folder.entries(), isShaped, ...places, git });
  } catch (error) {
    folder?.[Symbol.dispose]();
    note(path, (error as NodeJS.ErrnoException).code ?? "unknown error");
  }
}
