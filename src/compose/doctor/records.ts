/** Records that a crash or somebody's hand left torn. */
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import type { Check } from "../../lifecycle/backend.ts";
import { countRuns, isBottleId, recordPaths, recordsDir } from "../../record/paths.ts";
import { readRecord } from "../../record/read.ts";
import { hostPaths } from "../paths.ts";
import { may } from "./host.ts";
import type { DoctorHost } from "./host.ts";
import { count } from "./words.ts";

const name = "record";
/** More are not looked at, so that the answer comes at once. */
const mostRecords = 500;
const mostShown = 5;
const newline = 0x0a;

export async function records(host: DoctorHost): Promise<readonly Check[]> {
  const { stateHome, runHome } = hostPaths(host);
  const ids = (await readdir(recordsDir(stateHome)).catch(() => [])).filter(isBottleId).sort();
  const looked = ids.slice(0, mostRecords);
  const faults = await Promise.all(looked.map((id) => faultOf(stateHome, runHome, id)));
  const torn = faults.filter((fault) => fault !== undefined);
  const skipped = ids.length - looked.length;
  const rest = skipped === 0 ? "" : `; ${skipped} more were not looked at`;
  if (torn.length === 0)
    return [{ name, state: "good", detail: `${count(looked.length, "record")}, all whole${rest}` }];
  const more = torn.length - mostShown;
  return [
    ...torn.slice(0, mostShown),
    ...(more > 0 ? [{ name, state: "bad", detail: `and ${more} more` } as const] : []),
  ];
}

async function faultOf(stateHome: string, runHome: string, id: string): Promise<Check | undefined> {
  const read = await readRecord({ stateHome, id }).catch((error: unknown) => {
    if (error instanceof BottleError) return error;
    throw error;
  });
  const error = read instanceof BottleError ? read : read.damaged[0];
  if (error !== undefined) {
    const detail = [`${id}: ${error.message}`, error.why].filter(Boolean).join(" ");
    return { name, state: "bad", detail, ...(error.next !== undefined && { remedy: error.next }) };
  }
  // A living bottle may be writing this very line.
  if (await may(join(runHome, id), "F_OK")) return undefined;
  const last = Math.max(1, await countRuns(stateHome, id));
  if (!(await endsTorn(recordPaths(stateHome, id, last).audit))) return undefined;
  return {
    name,
    state: "bad",
    detail: `${id}: the last line of its audit log is torn`,
    remedy: `Run: bottle audit ${id} --verify`,
  };
}

/** No link is followed: a record's folder is ours, and what is in it should be as well. */
async function endsTorn(path: string): Promise<boolean> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    return (
      size > 0 && (await file.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] !== newline
    );
  } finally {
    await file.close();
  }
}
