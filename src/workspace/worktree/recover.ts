/** Before anything is written: an apply that was cut off is taken back, and one that still runs is waited for by the owner, not by us. */
import { realpath } from "node:fs/promises";
import { SafeFolder } from "../safe-folder.ts";
import { busy } from "./busy.ts";
import { isOtherAlive, readJournal, removeJournal } from "./journal.ts";
import { removeStaging, stagingIds, stagingWriter } from "./staging.ts";
import { takeBack } from "./take-back.ts";

export interface Recovered {
  /** Files that the owner changed since, and that stay so; what they were is in `kept/` of the record. */
  readonly left: readonly string[];
}

/** Undefined if nothing was cut off. */
export async function recoverWrite(
  id: string,
  recordDir: string,
  source: string,
): Promise<Recovered | undefined> {
  const journal = await readJournal(recordDir);
  const root = await realpath(journal?.root ?? source).catch(() => undefined);
  // Gone, and with it what there was to take back; whoever reads the folder next says so.
  if (root === undefined) return undefined;
  using owner = SafeFolder.open(root);
  // Without a journal it was cut off before a file was touched.
  if (isOtherAlive(journal?.writer ?? stagingWriter(owner, id))) throw busy(root, id);
  const left = journal?.state === "writing" ? takeBack(owner, id, journal, recordDir) : [];
  removeStaging(owner, id);
  await removeJournal(recordDir);
  const [other] = stagingIds(owner);
  if (other !== undefined) throw busy(root, other);
  return journal?.state === "writing" ? { left } : undefined;
}

/** Whether a write was cut off and waits for the next `apply`. */
export async function isCutOff(recordDir: string): Promise<boolean> {
  const journal = await readJournal(recordDir);
  return journal !== undefined && journal.state === "writing" && !isOtherAlive(journal.writer);
}
