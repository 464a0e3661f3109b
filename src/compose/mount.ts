/** A workspace that is the owner's folder itself: what must not be in it on this host, whose processes work on it, and its life. */
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Backend } from "../lifecycle/backend.ts";
import type { HostPaths, LaunchOrder } from "../lifecycle/control.ts";
import type { MountedWorkspaceHandle, RecordHandle } from "../lifecycle/supervisor/deps.ts";
import type { Plan } from "../plan/plan.ts";
import { writeAtomic } from "../record/atomic.ts";
import { recordsDir } from "../record/paths.ts";
import { inUse } from "../workspace/mount/errors.ts";
import { checkMountable } from "../workspace/mount/mountable.ts";
import type { Mountable } from "../workspace/mount/mountable.ts";
import { mountWorkspace } from "../workspace/mount/mount.ts";
import { isAlive } from "../host/process.ts";
import { openMounts, overlap } from "../workspace/mount/ledger.ts";
import type { OpenMount } from "../workspace/mount/ledger.ts";
import { recoverMounts } from "../workspace/mount/recover.ts";

/** Bytes of the owner's git config; longer ones are no config. */
const maxConfig = 1024 * 1024;

/** Throws for a folder that no bottle can work on itself: before the owner is asked, and again at the launch. */
export function checkMountPlan(plan: Plan, paths: HostPaths, uid: number): Promise<Mountable> {
  const { stateHome, runHome, cacheDir, helper, home } = paths;
  return checkMountable({
    source: plan.workspace.source,
    home,
    own: [
      { path: recordsDir(stateHome), what: "the records of bottles" },
      { path: `${recordsDir(stateHome)}-keys`, what: "the keys of records" },
      { path: `${recordsDir(stateHome)}-trust`, what: "what you trust" },
      { path: runHome, what: "the sockets of bottles" },
      { path: cacheDir, what: "installed agents" },
      { path: dirname(helper), what: "claude-bottle itself" },
      { path: join(home, ".config/claude-bottle"), what: "your manifest's folder" },
    ],
    uid,
  });
}

/** The same backend, whose bottles run as the folder's owner. */
export function runningAs(backend: Backend, owner: Mountable["owner"]): Backend {
  return {
    ...backend,
    owner: () => owner,
    launch: (spec, stdio) => backend.launch({ ...spec, owner }, stdio),
  };
}

export async function mountOrdered(
  order: LaunchOrder,
  record: RecordHandle,
): Promise<MountedWorkspaceHandle> {
  const { plan, paths } = order;
  const uid = process.getuid?.() ?? -1;
  return mountWorkspace({
    ...(await checkMountPlan(plan, paths, uid)),
    protect: plan.workspace.protect,
    ownerConfigs: await Promise.all(
      [".gitconfig", ".config/git/config"].map((name) => readText(join(paths.home, name))),
    ),
    also: [plan.manifest],
    record: record.dir,
    records: recordsDir(paths.stateHome),
    write,
    now: () => performance.timeOrigin + performance.now(),
  });
}

/** How many paths are kept in a record that were taken out of the owner's folder. */
export async function takenOut(record: string): Promise<number> {
  return (await readdir(join(record, "quarantine")).catch((): string[] => [])).length;
}

/** Before a record goes: what is in it must not be needed any more to compare the folder. */
export async function settleFolder(paths: HostPaths, id: string): Promise<void> {
  const records = recordsDir(paths.stateHome);
  const left = (await openMounts(records)).find((one) => one.id === id);
  if (left === undefined) return;
  await settleAround(paths, left.report.folder);
  if ((await openMounts(records)).some((one) => one.id === id)) throw inUse(left.report.folder, id);
}

/**
 * Before something of ours trusts a folder of the owner's: what a killed bottle planted in it is taken out. Returns the id of a
 * bottle that works on it still.
 */
export async function settleAround(paths: HostPaths, folder: string): Promise<string | undefined> {
  const records = recordsDir(paths.stateHome);
  await recoverMounts({ records, write, only: folder });
  return (await openMounts(records)).find(({ report }) => overlap(report.folder, folder))?.id;
}

/** The same backend, whose leftovers include folders that a killed supervisor's bottle worked on: nobody compared them yet. */
export function sweepingFolders(backend: Backend, { stateHome }: HostPaths): Backend {
  const records = recordsDir(stateHome);
  const left = async (): Promise<readonly OpenMount[]> =>
    (await openMounts(records)).filter(({ report }) => !isAlive(report.supervisor));
  return {
    ...backend,
    async find() {
      const folders = (await left()).map(({ id, report }) => ({
        id,
        what: `${sweptWord} ${report.folder}`,
      }));
      return [...(await backend.find()), ...folders];
    },
    async sweep(leftover) {
      if (!leftover.what.startsWith(sweptWord)) return backend.sweep(leftover);
      const found = (await left()).find(({ id }) => id === leftover.id);
      if (found !== undefined) await recoverMounts({ records, write, only: found.report.folder });
    },
  };
}

const sweptWord = "mounted folder";

function write(path: string, value: object): Promise<void> {
  return writeAtomic(path, `${JSON.stringify({ version: 1, ...value }, null, 2)}\n`, true);
}

async function readText(path: string): Promise<string> {
  const text = await readFile(path, "latin1").catch(() => "");
  return text.length > maxConfig ? "" : text;
}
