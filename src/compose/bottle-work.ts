/** From a bottle's id to its work: the record says what was copied and from where. */
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { readRecord } from "../record/read.ts";
import type { ReadRecord } from "../record/read.ts";
import { inUse } from "../workspace/mount/errors.ts";
import type { WorkOptions } from "../workspace/changes/work.ts";
import { bringHome } from "./away.ts";
import { findBottle } from "./bottles.ts";
import type { BottleInfo } from "./bottles.ts";
import { lives } from "./living.ts";
import { settleAround, settleFolder } from "./mount.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

/** What `diff`, `apply` and `rm` read of a bottle. */
export async function bottleWork(host: Host, id: string): Promise<WorkOptions> {
  const info = await findBottle(host, id);
  const record = await readRecord({ stateHome: hostPaths(host).stateHome, id });
  if (isMounted(record)) {
    // He is told to look there: not before what a killed one planted is taken out.
    if (!lives(info)) await settleFolder(hostPaths(host), id);
    throw mounted(info);
  }
  return workOptions(host, info);
}

/** The same for a bottle that has a copy. */
export async function workOptions(host: Host, info: BottleInfo): Promise<WorkOptions> {
  await bringHome(host, info);
  // git runs in the owner's repository: not while a bottle can write there, nor before what one planted is taken out.
  const by = await settleAround(hostPaths(host), info.workspace);
  if (by !== undefined) throw inUse(info.workspace, by);
  if (!info.workspace.startsWith("/"))
    throw new BottleError({
      code: "E_RECORD_UNREADABLE",
      what: `The record of ${info.id} does not say what the bottle worked on.`,
      next: `Its workspace is in ${info.record}: run nothing in it.`,
    });
  return {
    id: info.id,
    recordDir: info.record,
    source: info.workspace,
    workspace: join(info.record, "workspace"),
    path: host.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    running: lives(info),
  };
}

export function isMounted({ files }: ReadRecord): boolean {
  const workspace = files.plan?.["workspace"];
  return (
    typeof workspace === "object" &&
    workspace !== null &&
    "mode" in workspace &&
    workspace.mode === "mount"
  );
}

function mounted({ id, workspace }: BottleInfo): BottleError {
  return new BottleError({
    code: "E_APPLY_MOUNT",
    what: `The bottle ${id} worked in ${workspace} itself (workspace: mount): its changes are there already.`,
    next: "Look at them there, e.g. with git diff, before you run anything of them.",
  });
}
