/** Records that a crash or somebody's hand left torn. */
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
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
  const torn = looked.flatMap((id, index) => {
    const fault = faults[index];
    return fault === undefined ? [] : [{ id, fault }];
  });
  const skipped = ids.length - looked.length;
  const rest = skipped === 0 ? "" : `; ${skipped} more were not looked at`;
  if (torn.length === 0)
    return [{ name, state: "good", detail: `${count(looked.length, "record")}, all whole${rest}` }];
  const more = torn.length - mostShown;
  return [
    ...torn.slice(0, mostShown).map(({ id, fault }): Check => ({
      name,
      state: "bad",
      detail: `${id}: ${fault}`,
      remedy: `Run: bottle audit ${id} --verify`,
    })),
    ...(more > 0 ? [{ name, state: "bad", detail: `and ${more} more` } as const] : []),
  ];
}

async function faultOf(
  stateHome: string,
  runHome: string,
  id: string,
): Promise<string | undefined> {
  const read = await readRecord({ stateHome, id }).catch(() => undefined);
  if (read === undefined) return "a file of it is not there or cannot be read";
  if (read.files.plan === undefined) return "it has no plan";
  // A living bottle may be writing this very line.
  const alive = await may(join(runHome, id), "F_OK");
  if (alive) return undefined;
  const last = Math.max(1, await countRuns(stateHome, id));
  const torn = await endsTorn(recordPaths(stateHome, id, last).audit);
  return torn ? "the last line of its audit log is torn" : undefined;
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
