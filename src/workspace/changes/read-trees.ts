/** The part of reading that is the same with git and without: from what differs to two trees, and what differs between them. */
import type { SafeFolder } from "../safe-folder.ts";
import type { Stage } from "../stage/stage.ts";
import type { Tree } from "../stage/tree.ts";
import { treeChanges } from "./change-list.ts";
import type { TreeChange } from "./change-list.ts";
import type { CopyFacts } from "./facts.ts";
import type { Pointer } from "./pointers.ts";
import { sift } from "./sift.ts";
import { importStartAndResult } from "./start-and-result.ts";
import type { Found } from "./walk.ts";
import type { Work } from "./work.ts";

/** What is compared: the bottle's folder and the owner's. */
export interface Sides {
  readonly id: string;
  readonly stage: Stage;
  readonly owner: SafeFolder;
  readonly work: SafeFolder;
  readonly facts: CopyFacts;
  readonly since: number;
}

/** What reading finds. */
export type ReadWork = Omit<Work, "id" | "stage" | "owner" | "facts" | keyof AsyncDisposable>;

export async function readTrees(
  { stage, owner, work, facts }: Sides,
  options: {
    readonly found: Found;
    readonly committed: Tree;
    readonly links: readonly string[];
    readonly base: string | undefined;
    readonly head: string | undefined;
    readonly between: readonly TreeChange[];
    readonly pointers: ReadonlyMap<string, Pointer>;
  },
): Promise<
  Pick<Work, "start" | "result" | "changes" | "sifted" | "committed" | "links" | "skipped">
> {
  const { found, committed, links, base, head, between, pointers } = options;
  const sifted = sift({
    work,
    owner,
    facts,
    format: stage.format,
    found,
    committed: committed.files,
    base: new Map(between.map(({ path, before }) => [path, before])),
    pointers,
  });
  const trees = await importStartAndResult(stage, { base, head, work, owner, sifted });
  const { start, result } = trees;
  const changes = await treeChanges(stage, start, result);
  const isLink = ({ before, after }: TreeChange): boolean =>
    before?.mode === "120000" || after?.mode === "120000";
  return {
    start,
    result,
    changes,
    sifted,
    committed,
    links: new Set([...links, ...changes.filter(isLink).map(({ path }) => path)]),
    skipped: [...found.skipped, ...trees.skipped],
  };
}
