/** Who a bottle's processes are on a machine that is not this one. */
import { ownerOf } from "../../owner.ts";
import type { Owner } from "../../owner.ts";
import { inside } from "../../inside.ts";
import { usersOf } from "../info.ts";
import type { EngineInfo } from "../info.ts";

/** proc(5), uid_map of a machine's own user namespace. */
const allUsers = "0 0 4294967295";

/** An unprivileged uid for each bottle; a daemon with a user namespace of its own has 65536 at most, and they are nobody's there. */
export function userThere(id: string, info: EngineInfo | undefined): Owner {
  if (usersOf(info) !== undefined) return { uid: inside.uid, gid: inside.gid };
  return ownerOf(id, { uid: 0, gid: 0 }, [allUsers, allUsers]);
}
