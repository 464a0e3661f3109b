/** Reads a bottle whose folder is no repository: its files against the list of what was copied. */
import { listOwnersFiles } from "./owners-files.ts";
import { readTrees } from "./read-trees.ts";
import type { ReadWork, Sides } from "./read-trees.ts";
import { listReference } from "./reference.ts";
import { isTouched } from "./touched.ts";
import { findChanges } from "./walk.ts";

export async function readFolder(sides: Sides): Promise<ReadWork> {
  const { work, owner, facts } = sides;
  const list = facts.list ?? listOwnersFiles(owner);
  const reference = listReference(list);
  const found = await findChanges({
    work,
    reference,
    ignore: undefined,
    isTouched: (path) => isTouched(work, path, facts.complete),
    sparse: false,
  });
  const read = await readTrees(sides, {
    found,
    committed: { files: new Map(), folders: new Set() },
    links: [...list].filter(([, { kind }]) => kind === "link").map(([path]) => path),
    base: undefined,
    head: undefined,
    between: [],
    pointers: new Map(),
  });
  return {
    ...read,
    known: [],
    head: undefined,
    base: undefined,
    commits: [],
    otherBranches: [],
    stashed: false,
  };
}
