/** From a bottle's id to its work: the record says what was copied and from where. */
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { readRecord } from "../record/read.ts";
import type { ReadRecord } from "../record/read.ts";
import type { WorkOptions } from "../workspace/changes/work.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

export async function bottleWork(host: Host, id: string): Promise<WorkOptions> {
  const record = await readRecord({ stateHome: hostPaths(host).stateHome, id });
  const { state } = record.files;
  const source = state?.["workspace"];
  if (typeof source !== "string")
    throw new BottleError({
      code: "E_RECORD_UNREADABLE",
      what: `The record of ${id} does not say what the bottle worked on.`,
      next: "Its workspace is in the record's folder.",
    });
  if (isMounted(record)) throw mounted(id, source);
  return {
    id,
    recordDir: record.dir,
    source,
    workspace: join(record.dir, "workspace"),
    path: host.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    running: isAlive(state?.["state"], state?.["pid"]),
  };
}

function isMounted({ files }: ReadRecord): boolean {
  const workspace = files.plan?.["workspace"];
  return (
    typeof workspace === "object" &&
    workspace !== null &&
    "mode" in workspace &&
    workspace.mode === "mount"
  );
}

function isAlive(state: unknown, pid: unknown): boolean {
  if (state !== "running" && state !== "starting") return false;
  try {
    return typeof pid === "number" && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function mounted(id: string, source: string): BottleError {
  return new BottleError({
    code: "E_APPLY_MOUNT",
    what: `The bottle ${id} worked in ${source} itself (workspace: mount): its changes are there already.`,
    next: "Look at them there, e.g. with git diff, before you run anything of them.",
  });
}
