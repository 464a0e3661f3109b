import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { ownerMark, ownerState, readOwner, writeOwner } from "./labels.ts";

const uid = process.getuid?.() ?? -1;
const me = ownerMark(uid, process.pid);

describe("the owner of a container", () => {
  it("is read as it was written, and nothing else is an owner", () => {
    expect(readOwner(writeOwner(me))).toEqual(me);
    for (const text of [
      "",
      "1.2.3",
      "a.b.c.d.e",
      "1.2.3.x.4",
      `${writeOwner(me)}.5`,
      writeOwner({ ...me, machine: "" }),
    ])
      expect(readOwner(text)).toBeUndefined();
  });

  it("lives as long as its process does, and no later one with its number", () => {
    expect(ownerState(me, uid)).toBe("living");
    expect(ownerState({ ...me, started: me.started + 1 }, uid)).toBe("dead");
    const gone = spawnSync("true").pid;
    expect(ownerState({ ...me, pid: gone }, uid)).toBe("dead");
  });

  it("is dead after a boot", () => {
    expect(ownerState({ ...me, boot: "00000000-0000-0000-0000-000000000000" }, uid)).toBe("dead");
  });

  it("cannot be judged for another machine, whose boots and processes are others", () => {
    const other = { ...me, machine: "0123456789abcdef", boot: "0-0", started: 1 };
    expect(readOwner(writeOwner(other))).toEqual(other);
    expect(ownerState(other, uid)).toBe("unknown");
  });

  it("cannot be judged for another user, nor from another process-id namespace", () => {
    expect(ownerState({ ...me, started: 1 }, uid + 1)).toBe("unknown");
    expect(ownerState({ ...me, processes: "1", started: 1 }, uid)).toBe("unknown");
  });
});
