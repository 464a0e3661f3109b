/** What bottles of dead supervisors left on a daemon's machine: work is fetched or given up by whoever asks, and never swept. */
import type { Backend, Leftover } from "../../../lifecycle/backend.ts";
import type { Owner } from "../../owner.ts";
import type { Engine } from "../engine/engine.ts";
import { ownerState } from "../labels.ts";
import { sweepLeft } from "../leftovers.ts";
import { fetchVolumes, removeVolumes } from "./bottle-volumes.ts";
import { labelledVolumes } from "./volumes.ts";

export interface LeftHost {
  readonly engine: () => Engine;
  /** Without much patience. */
  readonly sweeper: () => Engine;
  readonly uid: number;
  readonly recordOwner: (id: string) => Owner | undefined;
}

export function leftElsewhere({
  engine,
  sweeper,
  uid,
  recordOwner,
}: LeftHost): Pick<Required<Backend>, "fetch" | "discard" | "kept"> {
  return {
    async fetch(left) {
      // Nothing of it may write any more.
      await sweepLeft(engine(), uid, left.id);
      return fetchVolumes(engine(), left, { room: left.room, recordOwner: recordOwner(left.id) });
    },
    async discard(id) {
      await sweepLeft(sweeper(), uid, id);
      await removeVolumes(sweeper(), id);
    },
    async kept() {
      const found = await labelledVolumes(sweeper());
      const mine = found.filter(
        ({ owner, part }) =>
          part === "workspace" && owner !== undefined && ownerState(owner, uid) === "dead",
      );
      return mine.map(({ id }): Leftover => ({ id, what: "work on the daemon's machine" }));
    },
  };
}
