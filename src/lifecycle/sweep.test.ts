import { linkSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Backend } from "./backend.ts";
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

test("a folder whose socket was just bound, and listens a moment later, stays", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sweep-test-"));
  const path = join(dir, "new-1", "control.sock");
  mkdirSync(join(dir, "new-1"));
  // The same to whoever knocks: a socket that refuses, which a listening one replaces.
  const dead = createServer().listen(path);
  try {
    await new Promise((done) => dead.once("listening", done));
    const kept = `${path}.kept`;
    linkSync(path, kept);
    await new Promise((done) => dead.close(done));
    renameSync(kept, path);
    const sweeping = sweepLeftovers(
      dir,
      backend([], () => undefined),
      () => Date.now(),
    );
    await new Promise((done) => setTimeout(done, 30));
    rmSync(path);
    const alive = createServer().listen(path);
    try {
      expect(await sweeping).toEqual([]);
      expect(readdirSync(dir)).toEqual(["new-1"]);
    } finally {
      alive.close();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
