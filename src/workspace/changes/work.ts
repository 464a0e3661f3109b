/** A bottle's work, read once and safely: what it was given, what it made of it, and what in between is its own. */
import { realpath } from "node:fs/promises";
import { BottleError } from "../../errors/error.ts";
import { SafeFolder } from "../safe-folder.ts";
import { damaged } from "../stage/errors.ts";
import { openOwnerRepository } from "../stage/owner.ts";
import { openStage } from "../stage/stage.ts";
import type { Stage } from "../stage/stage.ts";
import type { Tree } from "../stage/tree.ts";
import type { TreeChange } from "./change-list.ts";
import type { NewCommit } from "./commits.ts";
import { readFacts } from "./facts.ts";
import type { CopyFacts } from "./facts.ts";
import { readFolder } from "./read-folder.ts";
import { readRepository } from "./read-repository.ts";
import type { Sifted } from "./sift.ts";
import type { SkippedFile } from "./walk.ts";

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
      const again =
        error instanceof BottleError && ["E_APPLY_GIT", "E_APPLY_DAMAGED"].includes(error.code);
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

/** A bottle that failed before its copy was made has none. */
function openCopy(workspace: string): SafeFolder {
  try {
    return SafeFolder.open(workspace);
  } catch {
    throw damaged("the copy of the workspace is not there, or cannot be entered");
  }
}

function sourceGone({ source, workspace }: WorkOptions): BottleError {
  return new BottleError({
    code: "E_APPLY_SOURCE",
    what: `The folder that the bottle was started in, ${source}, is not what it was: it, or its repository, is gone.`,
    next: `Put it back where it was. The bottle's copy is kept in ${workspace}: run nothing in it.`,
  });
}
