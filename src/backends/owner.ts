/** The host uid that a bottle's processes have: the user's own, or, started as root, an unprivileged one per bottle. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * First of 2^24 uids that no user database or container manager hands out (systemd.io/UIDS-AND-GIDS: 0x70000000 to
 * 0x7FFFFFFD is unused); neighbours with different uids can neither signal nor trace each other.
 */
const firstUid = 0x78000000;
const uids = 0x1000000;
const nobody = 65534;

/** `me` is who runs us; `maps` are proc(5)'s uid_map and gid_map of this process. */
export function ownerOf(id: string, me: Owner, maps: readonly string[] = readMaps()): Owner {
  if (me.uid !== 0) return me;
  const wanted = firstUid + (createHash("sha256").update(id).digest().readUInt32BE(0) % uids);
  const uid = maps.every((map) => isMapped(wanted, map)) ? wanted : nobody;
  if (!maps.every((map) => isMapped(uid, map)))
    throw new RangeError("this user namespace has no unprivileged uid to give to a bottle");
  return { uid, gid: uid };
}

/** An owner that the launch names: only root starts bottles as somebody else, and nobody as root. */
export function givenOwner(owner: Owner, uid: number, maps: readonly string[] = readMaps()): Owner {
  if (owner.uid === 0 || owner.gid === 0 || (uid !== 0 && owner.uid !== uid))
    throw new RangeError("a bottle cannot run as that user");
  const [uids = "", gids = ""] = maps;
  if (uid === 0 && !(isMapped(owner.uid, uids) && isMapped(owner.gid, gids)))
    throw new RangeError("that user is not part of this user namespace");
  return owner;
}

function readMaps(): readonly string[] {
  return [readFileSync("/proc/self/uid_map", "utf8"), readFileSync("/proc/self/gid_map", "utf8")];
}

/** Each line of a map is `inside outside length`. */
function isMapped(id: number, map: string): boolean {
  return map.split("\n").some((line) => {
    const [first, , length] = line.trim().split(/\s+/).map(Number);
    return first !== undefined && length !== undefined && id >= first && id < first + length;
  });
}
