/** A bottle's work, read once and safely: what it was given, what it made of it, and what in between is its own. */
import { realpath } from "node:fs/promises";
import { BottleError } from "../../errors/error.ts";
import { damaged } from "../stage/errors.ts";
import { importObjects } from "../stage/objects.ts";
import { openOwnerRepository } from "../stage/owner.ts";
import { readHeads } from "../stage/refs.ts";
import type { Heads } from "../stage/refs.ts";
import { createIgnore } from "../stage/ignore.ts";
import { SafeFolder } from "../safe-folder.ts";
import { openStage } from "../stage/stage.ts";
import type { Stage } from "../stage/stage.ts";
import { readTree } from "../stage/tree.ts";
import type { Tree } from "../stage/tree.ts";
import { treeChanges } from "./change-list.ts";
import type { TreeChange } from "./change-list.ts";
import { basesOf, newCommits, ownersTips } from "./commits.ts";
import type { NewCommit } from "./commits.ts";
import { readFacts } from "./facts.ts";
import type { CopyFacts } from "./facts.ts";
import { ownersFilters } from "./filters.ts";
import { listOwnersFiles } from "./owners-files.ts";
import { readPointers } from "./pointers.ts";
import type { Pointer } from "./pointers.ts";
import { listReference, treeReference } from "./reference.ts";
import { sift } from "./sift.ts";
import type { Sifted } from "./sift.ts";
import { emptyTree } from "../stage/import-stream.ts";
import { importStartAndResult } from "./start-and-result.ts";
import { findChanges } from "./walk.ts";
import type { Found, SkippedFile } from "./walk.ts";

export interface WorkOptions {
  /** The bottle's id. */
  readonly id: string;
  /** Its record's folder, private to us; the stage is made in it. */
  readonly recordDir: string;
  /** The owner's folder that was copied. */
  readonly source: string;
  /** The bottle's copy; hostile. */
  readonly workspace: string;
  /** The owner's PATH, to find git. */
  readonly path: string;
  /** The bottle may be writing while it is read: what does not fit together is read again. */
  readonly running: boolean;
}

/** Everything that `diff`, `apply` and `rm` ask of a bottle. */
export interface Work extends AsyncDisposable {
  readonly id: string;
  readonly stage: Stage;
  readonly owner: SafeFolder;
  readonly facts: CopyFacts;
  /** Ids of commits that the owner has. */
  readonly known: readonly string[];
  /** Where the bottle's HEAD stands, and the newest commit of the owner below it. */
  readonly head: string | undefined;
  readonly base: string | undefined;
  readonly commits: readonly NewCommit[];
  /** Trees of the stage; equal if the bottle changed nothing. */
  readonly start: string;
  readonly result: string;
  readonly changes: readonly TreeChange[];
  readonly sifted: Sifted;
  readonly committed: Tree;
  /** Paths that are links, in what the bottle was given or in what it made. */
  readonly links: ReadonlySet<string>;
  /** Changed files that pass a filter of the owner when they are committed, and its name. */
  readonly filtered: ReadonlyMap<string, string>;
  readonly skipped: readonly SkippedFile[];
  /** Names, one character a byte. */
  readonly otherBranches: readonly string[];
  readonly stashed: boolean;
}

export async function openWork(options: WorkOptions): Promise<Work> {
  const source = await realpath(options.source).catch(() => undefined);
  if (source === undefined) throw sourceGone(options);
  const facts = await readFacts(options.recordDir);
  // Packs of before the start are left out first: they are the owner's history, unless he has thrown it away meanwhile.
  const attempts = [facts.complete, 0, ...(options.running ? [0, 0] : [])];
  for (const [index, since] of attempts.entries()) {
    try {
      return await readWork({ ...options, source }, facts, since);
    } catch (error) {
      const again = error instanceof BottleError && /^E_APPLY_(?:GIT|DAMAGED)$/.test(error.code);
      if (!again || index === attempts.length - 1) throw error;
    }
  }
  throw damaged("nothing could be read");
}

async function readWork(options: WorkOptions, facts: CopyFacts, since: number): Promise<Work> {
  const { source, path, recordDir, workspace } = options;
  const repository = facts.git === false ? undefined : await openOwnerRepository(source, path);
  if (facts.git === true && repository === undefined) throw sourceGone(options);
  const folders: SafeFolder[] = [];
  const stage = await openStage({ owner: repository, scratch: recordDir, path });
  const close = async (): Promise<void> => {
    for (const folder of folders) folder[Symbol.dispose]();
    await stage[Symbol.asyncDispose]();
  };
  try {
    const owner = SafeFolder.open(source);
    folders.push(owner);
    const work = openCopy(workspace);
    folders.push(work);
    const read = await (repository === undefined ? readFolder : readRepository)({
      id: options.id,
      stage,
      owner,
      work,
      facts,
      since,
    });
    return { id: options.id, stage, owner, facts, ...read, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Sides {
  readonly id: string;
  readonly stage: Stage;
  readonly owner: SafeFolder;
  readonly work: SafeFolder;
  readonly facts: CopyFacts;
  readonly since: number;
}

type Read = Omit<Work, "id" | "stage" | "owner" | "facts" | keyof AsyncDisposable>;

async function readRepository(sides: Sides): Promise<Read> {
  const { id, stage, work, since } = sides;
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
  const found = await findChanges({
    work,
    reference: treeReference(committed, stage.format),
    ignore: createIgnore(stage),
    sparse: stage.owner.sparse,
  });
  const between =
    heads.head === base || heads.head === undefined
      ? []
      : await treeChanges(stage, base ?? (await emptyTree(stage)), heads.head);
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
    filtered: await ownersFilters(stage, sides.owner, read.sifted.changed),
    otherBranches: await branchesBeside(stage, heads, known),
    stashed: heads.stashed,
  };
}

async function readFolder(sides: Sides): Promise<Read> {
  const { work, owner, facts } = sides;
  const list = facts.list ?? listOwnersFiles(owner);
  const reference = listReference(list);
  const found = await findChanges({ work, reference, ignore: undefined, sparse: false });
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
    filtered: new Map(),
    otherBranches: [],
    stashed: false,
  };
}

async function readTrees(
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

/** A bottle that failed before its copy was made has none. */
function openCopy(workspace: string): SafeFolder {
  try {
    return SafeFolder.open(workspace);
  } catch {
    throw damaged("the copy of the workspace is not there, or cannot be entered");
  }
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

function sourceGone({ source, workspace }: WorkOptions): BottleError {
  return new BottleError({
    code: "E_APPLY_SOURCE",
    what: `The folder that the bottle was started in, ${source}, is not what it was: it, or its repository, is gone.`,
    next: `Put it back where it was. The bottle's copy is kept in ${workspace}: run nothing in it.`,
  });
}
