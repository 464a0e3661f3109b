/** Holds a body until it is judged, within a bound of its own and one for all held bodies together. */

/** The bound for all held bodies together. */
export interface HoldBudget {
  /** Takes bytes, or says that there are none left. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createHoldBudget(bytes: number): HoldBudget {
  let left = bytes;
  return {
    take(size) {
      if (size > left) return false;
      left -= size;
      return true;
    },
    give(size) {
      left += size;
    },
  };
}

export interface Hold {
  /** `too-long` for this body, or `no-room` beside the others: nothing was taken then. */
  add(part: Buffer): "added" | "too-long" | "no-room";
  /** Everything added; stays valid after `release`. */
  bytes(): Buffer;
  /** Gives the room back; the hold is empty after it. */
  release(): void;
}

const firstRoom = 16 * 1024;

/** `expected`: bytes that will come, where that is known. */
export function createHold(limit: number, budget: HoldBudget, expected: number = firstRoom): Hold {
  const least = Math.min(firstRoom, expected);
  let room: Buffer = Buffer.alloc(0);
  let size = 0;
  return {
    add(part) {
      const needed = size + part.length;
      if (needed > limit) return "too-long";
      if (needed > room.length) {
        const wanted = Math.min(limit, Math.max(least, needed, room.length * 2));
        if (!budget.take(wanted - room.length)) return "no-room";
        const larger = Buffer.allocUnsafeSlow(wanted);
        room.copy(larger, 0, 0, size);
        room = larger;
      }
      size += part.copy(room, size);
      return "added";
    },
    bytes: () => room.subarray(0, size),
    release() {
      budget.give(room.length);
      room = Buffer.alloc(0);
      size = 0;
    },
  };
}
