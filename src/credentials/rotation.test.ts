import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRotation } from "./rotation.ts";
import type { Rotation } from "./rotation.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Scene {
  readonly rotation: Rotation;
  readonly changes: [number, string][];
  readonly faults: unknown[];
  /** What the source gives next; an error is thrown. */
  next: string | Error;
  reads: number;
  /** Milliseconds go by, and what was due is done. */
  pass(ms: number): Promise<void>;
  refuse(): Promise<void>;
  takes: boolean;
}

function open(refreshMs?: number): Scene {
  let clock = 1000;
  const scene = {
    changes: [] as [number, string][],
    faults: [] as unknown[],
    next: "old" as string | Error,
    reads: 0,
    takes: true,
    pass: async (ms: number): Promise<void> => {
      clock += ms;
      await vi.advanceTimersByTimeAsync(ms);
    },
    refuse: (): Promise<void> => rotation.refused(1),
  };
  const rotation = createRotation({
    secrets: [
      undefined,
      {
        refreshMs,
        value: "old",
        read: () => {
          scene.reads += 1;
          const { next } = scene;
          return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
        },
      },
    ],
    changed: (index, value) => {
      if (!scene.takes) throw new Error("not taken");
      scene.changes.push([index, value]);
    },
    failed: (_index, error) => scene.faults.push(error),
    now: () => clock,
  });
  return Object.assign(scene, { rotation });
}

describe("a secret that its service refuses", () => {
  it("is read anew, and a new value is told once", async () => {
    const scene = open();
    scene.next = "new";
    await scene.refuse();
    expect(scene.changes).toEqual([[1, "new"]]);
    await scene.pass(60_000);
    await scene.refuse();
    expect([scene.reads, scene.changes.length]).toEqual([2, 1]);
  });

  it("is read once for many refusals at a time, and not again within 30 seconds", async () => {
    const scene = open();
    await Promise.all([scene.refuse(), scene.refuse(), scene.refuse()]);
    await scene.pass(29_999);
    await scene.refuse();
    expect(scene.reads).toBe(1);
    await scene.pass(1);
    await scene.refuse();
    expect(scene.reads).toBe(2);
  });

  it("keeps its old value where the source fails, or the new value cannot be used, and is tried again", async () => {
    const scene = open();
    scene.next = new Error("locked");
    await scene.refuse();
    expect(scene.faults).toEqual([scene.next]);
    await scene.pass(30_000);
    scene.next = "new";
    scene.takes = false;
    await scene.refuse();
    expect(scene.faults).toHaveLength(2);
    await scene.pass(30_000);
    scene.takes = true;
    await scene.refuse();
    expect(scene.changes).toEqual([[1, "new"]]);
  });

  it("is none of ours where its source cannot be read again", async () => {
    const scene = open();
    await scene.rotation.refused(0);
    await scene.rotation.refused(7);
    expect(scene.reads).toBe(0);
  });
});

describe("a secret with an interval", () => {
  it("is read when it has passed, and never after the end", async () => {
    const scene = open(600_000);
    scene.next = "new";
    await scene.pass(599_999);
    expect(scene.reads).toBe(0);
    await scene.pass(1);
    expect(scene.changes).toEqual([[1, "new"]]);
    scene.rotation[Symbol.dispose]();
    scene.next = "newer";
    await scene.pass(6_000_000);
    await scene.refuse();
    expect(scene.reads).toBe(1);
  });

  it("tells nobody of a value that came after the end", async () => {
    const scene = open();
    scene.next = "new";
    const reading = scene.refuse();
    scene.rotation[Symbol.dispose]();
    await reading;
    expect(scene.changes).toEqual([]);
  });
});
