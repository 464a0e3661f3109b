/** The workspace mode `mount`: the owner's folder itself, with everything that runs on his side of it held in place. */
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { basename, join } from "node:path";
import { readProcess } from "../../host/process.ts";
import type { Base, MountReport } from "./base.ts";
import { compareFolder } from "./compare.ts";
import { inUse } from "./errors.ts";
import { baseFile, beat, giveBeat, openMounts, overlap, readReport, reportFile } from "./ledger.ts";
import type { Mountable } from "./mountable.ts";
import { identityOf, OpenFolder } from "./open-folder.ts";
import type { Point } from "./points.ts";
import type { Prepared } from "./prepare.ts";
import { prepareMount } from "./prepare.ts";
import { openQuarantine, takenFor } from "./quarantine.ts";
import { isMountedSomewhere, recoverMounts } from "./recover.ts";
import { rulesFor } from "./rules.ts";

/** Looks, 20 ms apart. */
const patience = 250;

export interface MountOptions extends Mountable {
  /** Globs of the manifest. */
  readonly protect: readonly string[];
  /** Texts of the owner's git config files. */
  readonly ownerConfigs: readonly string[];
  /** Absolute paths that are held if they lie in the folder: the manifest's file. */
  readonly also: readonly string[];
  /** The bottle's record, a folder of `records`. */
  readonly record: string;
  readonly records: string;
  /** Replaces a JSON file, durably. */
  readonly write: (path: string, value: object) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface MountedWorkspace {
  readonly source: string;
  readonly owner: Mountable["owner"];
  /** In the order of mounting. */
  readonly points: readonly Point[];
  /** When every process of the bottle is dead, and not sooner: compares, takes away, reports. Done once. */
  close(): Promise<void>;
}

export async function mountWorkspace(options: MountOptions): Promise<MountedWorkspace> {
  const { root, record, records, write, now } = options;
  // What a killed one's bottle planted must not be taken for the owner's.
  await recoverMounts({ records, write, only: root });
  // Its own earlier run is one of them; what nobody compared must not be forgotten.
  const earlier = await readReport(record);
  if (earlier !== undefined && earlier.state !== "closed") throw inUse(root, basename(record));
  const report: MountReport & { openedAt: number } = {
    state: "claimed",
    folder: root,
    supervisor: { pid: process.pid, started: readProcess(process.pid)?.started ?? 0 },
    openedAt: 0,
    held: 0,
  };
  const say = (more: Partial<MountReport>): Promise<void> =>
    write(join(record, reportFile), { ...report, ...more });
  // Said before it is asked who else has the folder: of two at once, at least one sees the other.
  await say({});
  giveBeat(record);
  // By the clock that files are dated by.
  report.openedAt = Math.floor((await stat(join(record, reportFile))).mtimeMs);
  const top = OpenFolder.open(root);
  try {
    const other = (await openMounts(records)).find(
      (one) => one.record !== record && overlap(one.report.folder, root),
    );
    if (other !== undefined) throw inUse(root, other.id);
    const prepared = await prepareMount(top, {
      root,
      rules: rulesFor(options.protect),
      ownerConfigs: options.ownerConfigs,
      also: options.also.flatMap((path) =>
        path.startsWith(`${root}/`) ? [path.slice(root.length + 1)] : [],
      ),
    });
    const base = baseOf(top, options, prepared);
    const held = prepared.points.filter(({ mode }) => mode === "ro").length;
    await write(join(record, baseFile), base);
    await say({ state: "open", held });
    return open(options, { top, prepared, base, report: { ...report, held } });
  } catch (error) {
    top[Symbol.dispose]();
    await say({ state: "closed", closedAt: Math.floor(now()) });
    throw error;
  }
}

function baseOf(top: OpenFolder, { protect }: MountOptions, prepared: Prepared): Base {
  const { known, told, modes, awaited, repositories, unread } = prepared;
  return {
    top: identityOf(top.ownStat()),
    known: [...known],
    told: [...told],
    modes,
    awaited,
    repositories,
    protect,
    unread,
  };
}

interface Opened {
  readonly top: OpenFolder;
  readonly prepared: Prepared;
  readonly base: Base;
  readonly report: MountReport;
}

function open(options: MountOptions, { top, prepared, base, report }: Opened): MountedWorkspace {
  const { root, owner, record, write, now } = options;
  const beating = setInterval(() => giveBeat(record), beat);
  beating.unref();
  const compare = async (): Promise<void> => {
    clearInterval(beating);
    // A stop that failed: left open, for whoever comes when they are gone.
    for (let waited = 0; await isMountedSomewhere(root); waited += 1) {
      if (waited === patience) throw new Error(`a process of the bottle still has ${root}`);
      await sleep(20);
    }
    using folder = top;
    using quarantine = openQuarantine(record, folder, root);
    const found = await compareFolder(folder, {
      root,
      base,
      quarantine,
      copies: prepared.copies,
      points: prepared.points,
      openedAt: report.openedAt,
    });
    await write(join(record, reportFile), {
      ...report,
      ...found,
      taken: takenFor(record),
      state: "closed",
      closedAt: Math.floor(now()),
    });
  };
  let closing: Promise<void> | undefined;
  return { source: root, owner, points: prepared.points, close: () => (closing ??= compare()) };
}
