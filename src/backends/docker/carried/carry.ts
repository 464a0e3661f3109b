/** Carries a bottle's folders to its daemon and back, as streams; the record has what was there last, whole or not at all. */
import { dirname } from "node:path";
import { commitCarried, openStaging, settleCarried } from "../../../carry/commit.ts";
import { packTree } from "../../../carry/pack.ts";
import { receiveTree, whyRefused } from "../../../carry/receive.ts";
import type { Received } from "../../../carry/receive.ts";
import { isDiskFull, recordWriteError } from "../../../errors/record-write.ts";
import { BottleError } from "../../../errors/error.ts";
import type { Owner } from "../../owner.ts";
import { EngineFailure } from "../engine/failure.ts";
import type { Carrier } from "./carrier.ts";

export interface CarriedFolders {
  readonly id: string;
  /** In the bottle's record, both. */
  readonly workspace: string;
  readonly home: string;
}

/** Entries of both folders; each costs 100 bytes of memory while they come. */
const maxEntries = 500_000;
/** Bytes that come back in any case: what is small enough for every disk. */
const leastRoom = 1024 ** 3;

export async function carryIn(
  carrier: Carrier,
  { workspace, home }: CarriedFolders,
  linkDir: string,
  user: Owner,
): Promise<void> {
  const folders = [
    { name: "workspace", source: workspace },
    { name: "home", source: home },
    // Everyone in the bottle may read it, and nobody write.
    { name: "link", source: linkDir },
  ];
  try {
    await carrier.put(packTree(folders, { owner: user }));
  } catch (error) {
    throw notIn(error);
  }
}

export interface CarryOutOptions {
  /** Bytes that the plan gives the bottle. */
  readonly room: number;
  /** To whom root gives what is new in the record. */
  readonly owner: Owner | undefined;
}

/** Back into the record; returns what was left out. A carrying that fails leaves the record as it was. */
export async function carryOut(
  carrier: Carrier,
  { id, workspace, home }: CarriedFolders,
  { room, owner }: CarryOutOptions,
): Promise<{ readonly bytes: number; readonly leftOut: number }> {
  const record = dirname(home);
  try {
    const staging = openStaging(record);
    let left = Math.max(leastRoom, room);
    const receive = async (root: string, folder: string): Promise<Received> => {
      const limits = { bytes: left, entries: maxEntries };
      const options = { root, folder, staging, prefix: root, owner, limits };
      const received = await receiveTree(await carrier.get(root), options);
      left -= received.bytes;
      return received;
    };
    const work = await receive("workspace", workspace);
    const rest = await receive("home", home);
    commitCarried(record, {
      workspace: work.steps,
      home: rest.steps,
      ...(owner === undefined ? {} : { owner }),
    });
    return { bytes: work.bytes + rest.bytes, leftOut: work.leftOut + rest.leftOut };
  } catch (error) {
    settleCarried(record);
    throw notOut(id, error);
  }
}

function notIn(cause: unknown): unknown {
  if (!(cause instanceof EngineFailure)) return cause;
  return new BottleError({
    code: "E_CARRY_IN",
    what: "The workspace could not be carried to the daemon's machine.",
    why: cause.message,
    next: "Look whether its disk is full, and try again.",
    cause,
  });
}

function notOut(id: string, cause: unknown): unknown {
  if (isDiskFull(cause)) return recordWriteError(cause);
  const refused = whyRefused(cause);
  const gone = cause instanceof Error && "code" in cause && cause.code === "ECONNRESET";
  if (refused === undefined && !(cause instanceof EngineFailure) && !gone) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BottleError({
    code: "E_CARRY_OUT",
    what: `The work of ${id} could not be carried back from the daemon's machine.`,
    why: refused === undefined ? why : `What came is not taken: ${refused}.`,
    next: `It is kept there, in volumes of Docker: try again with \`bottle diff ${id}\`.`,
    cause,
  });
}
