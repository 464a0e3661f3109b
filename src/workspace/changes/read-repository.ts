/** Reads a bottle whose folder is a git repository: its commits, and what its folder holds beyond them. */
import { damaged } from "../stage/errors.ts";
import { openIgnore } from "../stage/ignore.ts";
import { emptyTree } from "../stage/import-stream.ts";
import { importObjects } from "../stage/objects.ts";
import { readHeads } from "../stage/refs.ts";
import type { Heads } from "../stage/refs.ts";
import type { Stage } from "../stage/stage.ts";
import { readTree } from "../stage/tree.ts";
import { treeChanges } from "./change-list.ts";
import { basesOf, newCommits, ownersTips } from "./commits.ts";
import type { NewCommit } from "./commits.ts";
import { readPointers } from "./pointers.ts";
import { readTrees } from "./read-trees.ts";
import type { ReadWork, Sides } from "./read-trees.ts";
import { treeReference } from "./reference.ts";
import { isTouched } from "./touched.ts";
import { findChanges } from "./walk.ts";

export async function readRepository(sides: Sides): Promise<ReadWork> {
  const { id, stage, work, facts, since } = sides;
  if (stage.owner === undefined) throw damaged("there is no repository to compare it with");
  using git = work.folder(".git");
  if (git === undefined) throw damaged("the folder .git is gone, or no folder");
  const heads = readHeads(git, stage.idLength);
  await importObjects(git, stage, since);
  if (heads.head !== undefined) await requireCommit(stage, heads.head);
  const known = await ownersTips(stage.owner, stage.path, `refs/heads/bottle/${id}`);
  const commits = await newCommits(stage, heads.head === undefined ? [] : [heads.head], known);
  const base = baseOf(heads.head, commits);
  const committed = await readTree(stage, heads.head);
  using ignore = openIgnore(stage);
  const found = await findChanges({
    work,
    reference: treeReference(committed, stage.format),
    ignore,
    isTouched: (path) => isTouched(work, path, facts.complete),
    sparse: stage.owner.sparse,
  });
  const between =
    heads.head === base || heads.head === undefined
      ? []
      : await treeChanges(stage, base ?? emptyTree(stage), heads.head);
  const read = await readTrees(sides, {
    found,
    committed,
    links: [...committed.files].filter(([, { mode }]) => mode === "120000").map(([path]) => path),
    base,
    head: heads.head,
    between,
    pointers: await readPointers(stage, found.changed, committed.files),
  });
  return {
    ...read,
    known,
    head: heads.head,
    base,
    commits,
    otherBranches: await branchesBeside(stage, heads, known),
    stashed: heads.stashed,
  };
}

async function requireCommit(stage: Stage, id: string): Promise<void> {
  const { output } = await stage.git({
    step: "read the bottle's HEAD",
    argv: ["cat-file", "-t", id],
  });
  if (output.toString("latin1").trim() !== "commit") throw damaged("HEAD is not a commit");
}

function baseOf(head: string | undefined, commits: readonly NewCommit[]): string | undefined {
  if (head === undefined) return undefined;
  const bases = basesOf(commits);
  return bases.has(head) ? bases.get(head) : head;
}

/** Branches besides HEAD that have commits which the owner has not. */
async function branchesBeside(
  stage: Stage,
  { head, branches }: Heads,
  known: readonly string[],
): Promise<readonly string[]> {
  const tips = [...branches].filter(([, id]) => id !== head);
  const ids = [...new Set(tips.map(([, id]) => id))];
  const own = await newCommits(stage, ids, head === undefined ? known : [...known, head]);
  const reached = new Set(own.map(({ id }) => id));
  return tips.filter(([, id]) => reached.has(id)).map(([name]) => name);
}
