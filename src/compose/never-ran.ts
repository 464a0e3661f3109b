/** Bottles that died on their way to the agent: they hold no work, whatever lies in their folders. */
import type { ReadRecord } from "../record/read.ts";

/** The agent starts when the workspace is whole and noted: without the note it never ran, unless the note was lost. */
export function neverRan({ files, damaged }: ReadRecord): boolean {
  if (files.workspace !== undefined || damaged.length > 0) return false;
  const state = files.state?.["state"];
  return state === "starting" || state === "prepared" || state === "failed";
}
