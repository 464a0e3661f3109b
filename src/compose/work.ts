/** Whether a bottle holds work that is nowhere else. */
import { existsSync } from "node:fs";
import { readRecord } from "../record/read.ts";
import { isMounted, workOptions } from "./bottle-work.ts";
import type { BottleInfo } from "./bottles.ts";
import { neverRan } from "./never-ran.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

/** In words; undefined if there is none. In doubt there is. */
export async function workIn(host: Host, info: BottleInfo): Promise<string | undefined> {
  const record = await readRecord({ stateHome: hostPaths(host).stateHome, id: info.id });
  // It worked in the owner's folder, or it never got a whole copy.
  if (isMounted(record) || neverRan(record) || !existsSync(`${info.record}/workspace`))
    return undefined;
  const { unappliedWork } = await import("../workspace/apply/unapplied.ts");
  try {
    const { changed, summary } = await unappliedWork(await workOptions(host, info));
    return changed ? summary : undefined;
  } catch (error) {
    return `Its work cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
