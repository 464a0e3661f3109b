/** Writes a plan into the owner's folder: all of it or nothing, and after a kill in the middle the next call takes back what there is. */
import { dirname } from "node:path/posix";
import { BottleError } from "../../errors/error.ts";
import { ownMark } from "../../host/process.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { Stage } from "../stage/stage.ts";
import { busy } from "./busy.ts";
import { removeJournal, writeJournal } from "./journal.ts";
import type { Journal, JournalFolder, JournalWrite } from "./journal.ts";
import { Changed, codeOf, create, makeFolder, remove, removeIfEmpty, replace } from "./moves.ts";
import type { PlannedWrite } from "./plan.ts";
import { fillStaging, makeStaging, removeStaging } from "./staging.ts";
import type { Staging } from "./staging.ts";
import { takeBack } from "./take-back.ts";

export interface WriteOptions {
  readonly id: string;
  readonly recordDir: string;
  readonly stage: Stage;
  readonly owner: SafeFolder;
  /** The owner's folder by its path, for the journal. */
  readonly root: string;
  readonly writes: readonly PlannedWrite[];
}

export async function writeFiles(options: WriteOptions): Promise<void> {
  const { id, recordDir, stage, owner, root, writes } = options;
  if (writes.length === 0) return;
  using staging = makeStaging(owner, id) ?? raise(busy(root, id));
  let journal: Journal | undefined;
  try {
    await fillStaging(stage, owner, staging, writes);
    journal = journalOf(options, staging);
    await writeJournal(recordDir, journal);
    perform(owner, staging, writes, journal);
    await writeJournal(recordDir, { ...journal, state: "done" });
  } catch (error) {
    if (journal !== undefined) takeBack(owner, id, journal, recordDir);
    removeStaging(owner, id);
    await removeJournal(recordDir);
    throw error instanceof BottleError ? error : notWritten(error);
  }
  removeStaging(owner, id);
  await removeJournal(recordDir);
}

function raise(error: BottleError): never {
  throw error;
}

function journalOf({ owner, root, writes }: WriteOptions, { fresh }: Staging): Journal {
  return {
    writer: ownMark(),
    root,
    state: "writing",
    writes: writes.map((write, index): JournalWrite => {
      const { path, after, seen } = write;
      const found = fresh.stat(`${index}`);
      const kind = seen === undefined ? "create" : "replace";
      return {
        path,
        kind: after === undefined ? "delete" : kind,
        ino: `${found?.ino ?? 0n}`,
        mtimeNs: `${found?.mtimeNs ?? 0n}`,
      };
    }),
    made: foldersAbove(writes.filter(({ after }) => after !== undefined)).filter(
      (path) => folderAt(owner, path) === undefined,
    ),
    removable: [
      ...foldersAbove(writes.filter(({ after }) => after === undefined)),
      // A folder of which nothing is left makes way for a file.
      ...writes.filter(({ after }) => after !== undefined).map(({ path }) => path),
    ]
      .map((path) => folderAt(owner, path))
      .filter((folder) => folder !== undefined),
  };
}

/** Deletions, then folders that are empty now, then new folders, then files: a file may become a folder and the other way round. */
function perform(
  owner: SafeFolder,
  { fresh, kept }: Staging,
  writes: readonly PlannedWrite[],
  journal: Journal,
): void {
  for (const [index, { path, after, seen }] of writes.entries())
    if (after === undefined && seen !== undefined) remove(owner, path, seen, kept, index);
  for (const { path } of journal.removable.toReversed()) removeIfEmpty(owner, path);
  for (const path of foldersAbove(writes.filter(({ after }) => after !== undefined)))
    if (folderAt(owner, path) === undefined) makeFolder(owner, path, 0o777 & ~process.umask());
  for (const [index, { path, after, seen }] of writes.entries()) {
    if (after === undefined) continue;
    if (seen === undefined) create(owner, path, fresh, index);
    else replace(owner, path, seen, fresh, kept, index);
  }
}

/** Every folder above one of the paths, parents first. */
function foldersAbove(writes: readonly PlannedWrite[]): readonly string[] {
  const folders = new Set<string>();
  for (const { path } of writes)
    for (
      let folder = dirname(path);
      folder !== "." && !folders.has(folder);
      folder = dirname(folder)
    )
      folders.add(folder);
  return [...folders].toSorted((one, other) => one.length - other.length);
}

function folderAt(owner: SafeFolder, path: string): JournalFolder | undefined {
  using open = owner.folder(path);
  if (open === undefined) return undefined;
  const { mode, uid, gid } = open.self();
  return { path, mode: Number(mode & 0o7777n), uid: Number(uid), gid: Number(gid) };
}

function notWritten(error: unknown): BottleError {
  if (error instanceof Changed)
    return new BottleError({
      code: "E_APPLY_CONFLICT",
      what: `${error.path} changed while the files were written; what was written was taken back.`,
      next: "Apply again when nothing else writes to the folder.",
    });
  const code = codeOf(error);
  return new BottleError({
    code: "E_APPLY_WRITE",
    what: "The files could not all be written into your folder; what was written was taken back.",
    why: code === "undefined" ? String(error) : `The system said ${code}.`,
    next: "Make room or rights, and apply again.",
    cause: error,
  });
}
