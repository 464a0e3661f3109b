import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownMark } from "../host/process.ts";
import type { Backend } from "./backend.ts";
import { claimRunDirectory } from "./run-directory.ts";
import { sweepLeftovers } from "./sweep.ts";

type Left = Awaited<ReturnType<Backend["find"]>>;

/** Only what a sweep asks of a backend. */
function backend(left: Left, sweep: (id: string) => void): Backend {
  const asked: Pick<Backend, "find" | "sweep"> = {
    find: () => Promise.resolve(left),
    sweep: ({ id }) => Promise.resolve().then(() => sweep(id)),
  };
  return asked as Backend;
}

test("one that cannot be removed keeps no other, and is told", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sweep-test-"));
  try {
    mkdirSync(join(dir, "old-1"));
    const swept: string[] = [];
    const stubborn = backend(
      ["a", "b"].map((id) => ({ id, what: "control group" })),
      (id) => {
        if (id === "a") throw new Error("busy");
        swept.push(id);
      },
    );
    await expect(sweepLeftovers(dir, stubborn, () => Date.now() + 120_000)).rejects.toThrow("busy");
    expect(swept).toEqual(["b"]);
    expect(readdirSync(dir)).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a folder whose owner lives stays, and one whose owner is another process by now does not", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sweep-test-"));
  try {
    await claimRunDirectory(join(dir, "mine-1"));
    mkdirSync(join(dir, "other-1"));
    // This very process, by its number, and not by its start.
    writeFileSync(join(dir, "other-1", "owner"), `${process.pid} 1\n`);
    mkdirSync(join(dir, "young-1"));
    const removed = await sweepLeftovers(
      dir,
      backend([], () => undefined),
      () => Date.now(),
    );
    expect(removed).toEqual(["other-1: folder for sockets"]);
    expect(readdirSync(dir).toSorted()).toEqual(["mine-1", "young-1"]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a bottle has one supervisor: a second claim is refused, a dead one's is taken over", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sweep-test-"));
  try {
    const run = join(dir, "one-1");
    await claimRunDirectory(run);
    await expect(claimRunDirectory(run)).rejects.toMatchObject({ code: "E_BOTTLE_RUNNING" });
    writeFileSync(join(run, "owner"), "1 1\n");
    writeFileSync(join(run, "control.sock"), "");
    await claimRunDirectory(run);
    expect(readdirSync(run)).toEqual(["owner"]);
    expect(readdirSync(dir)).toEqual(["one-1"]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a claim whose maker died goes at once, and so does a folder that was on its way out", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sweep-test-"));
  try {
    mkdirSync(join(dir, ".claim-1.1"));
    mkdirSync(join(dir, `.claim-${ownMark()}`));
    mkdirSync(join(dir, ".left-0123456789ab", "link"), { recursive: true });
    const none = backend([], () => undefined);
    await sweepLeftovers(dir, none, () => Date.now());
    expect(readdirSync(dir)).toEqual([`.claim-${ownMark()}`]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a folder that says nothing of its owner is left alone for a minute, whichever way the clock jumps", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sweep-test-"));
  try {
    mkdirSync(join(dir, "one-1"));
    const none = backend([], () => undefined);
    await sweepLeftovers(dir, none, () => Date.now() + 30_000);
    expect(readdirSync(dir)).toEqual(["one-1"]);
    await sweepLeftovers(dir, none, () => Date.now() - 120_000);
    expect(readdirSync(dir)).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
