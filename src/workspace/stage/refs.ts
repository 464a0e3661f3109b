/** Reads HEAD and branches of a repository that a bottle wrote, without git: few forms, all bounded, everything else refused. */
import { damaged } from "./errors.ts";
import type { SafeFolder } from "../safe-folder.ts";

const maxHead = 4096;
const maxPackedRefs = 64 * 1024 * 1024;
const maxBranches = 10_000;
const maxDepth = 32;

export interface Heads {
  /** What HEAD stands at; undefined before the first commit. */
  readonly head: string | undefined;
  /** Branch name to object id. */
  readonly branches: ReadonlyMap<string, string>;
  /** There is work in `git stash`, which no commit of a branch holds. */
  readonly stashed: boolean;
}

/** `git` is the bottle's `.git`; `idLength` is 40 for SHA-1 and 64 for SHA-256. */
export function readHeads(git: SafeFolder, idLength: number): Heads {
  const branches = new Map(packedBranches(git, idLength));
  looseBranches(git, "refs/heads", idLength, branches, 0);
  const text = git.read("HEAD", maxHead)?.toString("latin1");
  if (text === undefined) throw damaged("its HEAD is not there, or not a file");
  const branch = /^ref: refs\/heads\/([^\n]+)\n?$/.exec(text)?.[1];
  const stashed = hasStash(git);
  if (branch !== undefined && isBranchName(branch))
    return { head: branches.get(branch), branches, stashed };
  const id = objectId(text, idLength);
  if (id === undefined) throw damaged("its HEAD names neither a branch nor a commit");
  return { head: id, branches, stashed };
}

function hasStash(git: SafeFolder): boolean {
  using refs = git.folder("refs");
  if (refs?.stat("stash") !== undefined) return true;
  return / refs\/stash$/m.test(packedRefs(git));
}

function packedRefs(git: SafeFolder): string {
  return git.read("packed-refs", maxPackedRefs)?.toString("latin1") ?? "";
}

function looseBranches(
  git: SafeFolder,
  path: string,
  idLength: number,
  into: Map<string, string>,
  depth: number,
): void {
  using folder = git.folder(path);
  if (folder === undefined || depth > maxDepth) return;
  for (const { name, kind } of folder.names()) {
    const full = `${path}/${name}`;
    if (kind === "folder") looseBranches(git, full, idLength, into, depth + 1);
    const branch = full.slice("refs/heads/".length);
    if (kind !== "file" || !isBranchName(branch)) continue;
    const id = objectId(folder.read(name, maxHead)?.toString("latin1") ?? "", idLength);
    if (id === undefined) throw damaged("a branch of it names no commit");
    into.set(branch, id);
    if (into.size > maxBranches) throw damaged(`it has more than ${maxBranches} branches`);
  }
}

function* packedBranches(git: SafeFolder, idLength: number): Generator<[string, string]> {
  let count = 0;
  for (const line of packedRefs(git).split("\n")) {
    const id = objectId(line.slice(0, idLength), idLength);
    const name = line.slice(idLength);
    if (id === undefined || !name.startsWith(" refs/heads/")) continue;
    const branch = name.slice(" refs/heads/".length);
    if (!isBranchName(branch)) continue;
    count += 1;
    if (count > maxBranches) throw damaged(`it has more than ${maxBranches} branches`);
    yield [branch, id];
  }
}

function objectId(text: string, length: number): string | undefined {
  const id = text.replace(/\n$/, "");
  return id.length === length && /^[0-9a-f]+$/.test(id) ? id : undefined;
}

/** git-check-ref-format(1), a little stricter. */
function isBranchName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- names with control characters are what this refuses
  if (name.length > 1024 || /[\u0000- ~^:?*[\\\u007f]|\.\.|@\{|\/\/|\/$|\.$/.test(name))
    return false;
  return name
    .split("/")
    .every((step) => step !== "" && !step.startsWith(".") && !step.endsWith(".lock"));
}
