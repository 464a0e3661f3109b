/** The bottle's work as the branch `bottle/<id>`: its commits, its loose files on top, and no dangerous file without a yes. */
import { BottleError } from "../../errors/error.ts";
import { treeChanges } from "../changes/change-list.ts";
import { newCommits } from "../changes/commits.ts";
import { markerFor } from "../changes/marked.ts";
import type { Work } from "../changes/work.ts";
import type { Entry } from "../stage/entry.ts";
import { commitTree, editTree, emptyTree, treeOf } from "../stage/import-stream.ts";
import type { Stage } from "../stage/stage.ts";
import type { AppliedBranch } from "./applied.ts";
import { bringOver, isAncestor, readOwnersBranch } from "./bring.ts";
import type { OwnersBranch } from "./bring.ts";
import { createFilter } from "./filter.ts";
import type { SetBack } from "./filter.ts";
import { openOwnersFilters } from "./owners-filters.ts";
import { rewriteHistory, writeSetBacks } from "./rewrite.ts";

export interface BranchResult {
  /** Absent if there was nothing to bring back. */
  readonly branch: string | undefined;
  readonly commit: string | undefined;
  /** Commits that are new in the owner's repository, ours included. */
  readonly commits: number;
  /** Files that no commit of the bottle holds as they are. */
  readonly looseFiles: number;
  /** Commits of the bottle that came without the files that were left out, and so with other ids. */
  readonly rewritten: number;
  /** Paths that stand on the branch as the owner has them, and why. */
  readonly setBack: readonly SetBack[];
}

interface BranchOptions {
  readonly includeDangerous: boolean;
  /** Seconds since the epoch. */
  readonly now: number;
  /** What was brought last. */
  readonly applied: AppliedBranch | null;
}

export async function applyAsBranch(work: Work, options: BranchOptions): Promise<BranchResult> {
  const { stage, head } = work;
  const branch = await readOwnersBranch(stage, work.id);
  // Only a branch that stands where apply left it is ours to go on from with more than git's own fast-forward.
  const ours = branch.tip !== undefined && options.applied?.commit === branch.tip;
  const known = ours && branch.tip !== undefined ? [...work.known, branch.tip] : work.known;
  const commits = head === undefined ? [] : await newCommits(stage, [head], known);
  const marker = markerFor(work);
  const committer = `claude-bottle <${work.id}@claude-bottle.invalid>`;

  const given = await entriesOf(work, work.base, work.start);
  const filters = openOwnersFilters(stage, work.owner);
  const { includeDangerous } = options;
  const filter = createFilter(work, { marker, filters, includeDangerous, accepted: given });
  const { ids } = await rewriteHistory(stage, commits, filter, committer);
  const parent = head === undefined ? undefined : (ids.get(head) ?? head);

  const tipEntries = ours ? await entriesOf(work, work.base, branch.tip ?? "") : noEntries();
  const accepted = joined(given, tipEntries);
  const last = createFilter(work, { marker, filters, includeDangerous, accepted });
  const target = await targetTree(work, last, tipEntries);
  const parentTree = parent === undefined ? emptyTree(stage) : await treeOf(stage, parent);
  const looseFiles = (await treeChanges(stage, parentTree, target.tree)).length;
  const rest = { looseFiles, rewritten: ids.size, setBack: target.setBack };
  const nothing = { branch: undefined, commit: undefined, commits: 0, ...rest };
  if (looseFiles === 0 && commits.length === 0 && branch.tip === undefined) return nothing;
  if (branch.tip !== undefined) {
    if (await holds(work, branch.tip, parent, target.tree)) return nothing;
    if (isUnchanged(work, options)) return nothing;
    if (!ours && looseFiles === 0 && (await follows(stage, branch.tip, parent))) return nothing;
  }
  const next = await nextTip(work, {
    branch,
    ours,
    parent,
    loose: looseFiles > 0,
    tree: target.tree,
    committer: `${committer} ${options.now} +0000`,
  });
  if (next === undefined) return nothing;
  const count = await bringOver(stage, next, branch);
  return { branch: branch.name, commit: next, commits: count, ...rest };
}

/** What a tree has that the owner's commit has not: by path, what it is there. */
async function entriesOf(
  work: Work,
  base: string | undefined,
  tree: string,
): Promise<ReadonlyMap<string, readonly (Entry | undefined)[]>> {
  const from = base ?? emptyTree(work.stage);
  const changes = await treeChanges(work.stage, from, tree);
  return new Map(changes.map(({ path, after }) => [path, [after]]));
}

function noEntries(): ReadonlyMap<string, readonly (Entry | undefined)[]> {
  return new Map();
}

function joined<Key, Item>(
  one: ReadonlyMap<Key, readonly Item[]>,
  other: ReadonlyMap<Key, readonly Item[]>,
): ReadonlyMap<Key, readonly Item[]> {
  const all = new Map(one);
  for (const [key, items] of other) all.set(key, [...(all.get(key) ?? []), ...items]);
  return all;
}

/** The result as the branch may hold it; what is set back is what the branch has already, or else the owner's commit. */
async function targetTree(
  work: Work,
  filter: ReturnType<typeof createFilter>,
  onBranch: ReadonlyMap<string, readonly (Entry | undefined)[]>,
): Promise<{ readonly tree: string; readonly setBack: readonly SetBack[] }> {
  const { stage, base, result } = work;
  const changes = await treeChanges(stage, base ?? emptyTree(stage), result);
  const found = await filter.setBack(changes);
  const setBack = found.map((one) =>
    onBranch.has(one.path) ? { ...one, to: onBranch.get(one.path)?.[0] } : one,
  );
  if (setBack.length === 0) return { tree: result, setBack };
  const tree = await editTree(stage, result, (stream) => writeSetBacks(stream, setBack));
  return { tree, setBack };
}

/** Nothing was done in the bottle since the last time, whatever the owner has done with the branch. */
function isUnchanged(
  { head, result }: Work,
  { applied, includeDangerous }: BranchOptions,
): boolean {
  if (applied === null || applied.head !== (head ?? null)) return false;
  return applied.result === result && (applied.leftOut === 0 || !includeDangerous);
}

/** The branch has all of it already: the commits, and the files as they are now. */
async function holds(
  { stage }: Work,
  tip: string,
  parent: string | undefined,
  tree: string,
): Promise<boolean> {
  return (await treeOf(stage, tip)) === tree && follows(stage, tip, parent);
}

async function follows(stage: Stage, tip: string, parent: string | undefined): Promise<boolean> {
  return parent === undefined || isAncestor(stage, parent, tip);
}

/** What the branch shall stand at: it only ever moves forward. */
async function nextTip(
  { id, stage }: Work,
  order: {
    readonly branch: OwnersBranch;
    readonly ours: boolean;
    /** The bottle's last commit, as the branch gets it. */
    readonly parent: string | undefined;
    /** The tree is not that commit's. */
    readonly loose: boolean;
    readonly tree: string;
    readonly committer: string;
  },
): Promise<string | undefined> {
  const { branch, ours, parent, loose, tree, committer } = order;
  const { tip } = branch;
  const commit = (parents: readonly string[], title: string): Promise<string> =>
    commitTree(stage, {
      parents,
      tree,
      committer,
      message: Buffer.from(`${title} of bottle ${id}\n`),
    });
  const forward =
    parent !== undefined && tip !== undefined && (await isAncestor(stage, tip, parent));
  if (tip === undefined || forward)
    return loose ? commit(parent === undefined ? [] : [parent], "Loose files") : parent;
  if (!ours) throw moved(branch);
  // What apply added on its own is no part of the bottle's history: both go on in one commit, with the files as they are now.
  const known = await follows(stage, tip, parent);
  return commit(known || parent === undefined ? [tip] : [tip, parent], "Further work");
}

function moved({ name }: OwnersBranch): BottleError {
  return new BottleError({
    code: "E_APPLY_BRANCH",
    what: `Your branch ${name} has commits that the bottle's work does not follow.`,
    why: "It was moved since apply made it, or somebody else made it. An existing branch is never overwritten.",
    next: `Rename it (git branch -m ${name} NEW-NAME) or delete it, and apply again.`,
  });
}
