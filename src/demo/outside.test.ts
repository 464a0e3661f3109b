import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processesOf, readTrace, searchBottle } from "./outside.ts";
import { leftoverCheck } from "./results.ts";

const token = "sk-ant-oat01-0a1b2c3d4e5f60718293a4b5c6d7e8f9";
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-outside-"));
  for (const name of ["home", "workspace"]) await mkdir(join(folder, name));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A shell with a child, as a bottle has helper and agent. */
function spawnTree(env: NodeJS.ProcessEnv): { pid: number; end: () => Promise<void> } {
  const child = spawn("sh", ["-c", "sleep 100 & wait"], { env, stdio: "ignore", detached: true });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const pid = child.pid ?? 0;
  return {
    pid,
    end: async () => {
      process.kill(-pid, "SIGKILL");
      await closed;
    },
  };
}

const seen = (pid: number): ReturnType<typeof processesOf> => processesOf({ record: folder, pid });

describe("the look from outside", () => {
  it("finds a process with its children, and nothing of one that ended", async () => {
    const tree = spawnTree({ PATH: process.env["PATH"] });
    await expect.poll(() => seen(tree.pid).length).toBe(2);
    const before = seen(tree.pid);
    expect(leftoverCheck(before)).toMatchObject({
      ok: false,
      detail: "2 of 2 processes still live",
    });
    await tree.end();
    await expect.poll(() => leftoverCheck(before).ok).toBe(true);
  });

  it("finds an orphan after the end of the process above it, and takes nothing seen for no proof", async () => {
    const tree = spawnTree({ PATH: process.env["PATH"] });
    await expect.poll(() => seen(tree.pid).length).toBe(2);
    const before = seen(tree.pid);
    process.kill(tree.pid, "SIGKILL");
    await expect.poll(() => seen(tree.pid)).toEqual([]);
    expect(leftoverCheck(before)).toMatchObject({
      ok: false,
      detail: "1 of 2 processes still live",
    });
    await tree.end();
    expect(leftoverCheck([]).ok).toBe(false);
  });

  it("finds a token in a child's environment, and none where there is none", async () => {
    const clean = spawnTree({ PATH: process.env["PATH"] });
    const leaky = spawnTree({ PATH: process.env["PATH"], TOKEN: token });
    await expect.poll(() => seen(clean.pid).length).toBe(2);
    await expect.poll(() => seen(leaky.pid).length).toBe(2);
    const good = await searchBottle(folder, seen(clean.pid), token);
    const bad = await searchBottle(folder, seen(leaky.pid), token);
    await clean.end();
    await leaky.end();
    expect(good).toMatchObject({ ok: true });
    expect(bad).toMatchObject({ ok: false });
    expect(bad.detail).not.toContain(token);
  });

  it("finds a token in a file of the home", async () => {
    await writeFile(join(folder, "home", "notes"), `x${token}y`);
    const tree = spawnTree({ PATH: process.env["PATH"] });
    await expect.poll(() => seen(tree.pid).length).toBe(2);
    const found = await searchBottle(folder, seen(tree.pid), token);
    await tree.end();
    expect(found.ok).toBe(false);
  });

  it("does not pass when there was no process to search", async () => {
    expect((await searchBottle(folder, [], token)).ok).toBe(false);
  });

  it("knows no trace of a bottle that does not run yet", async () => {
    expect(await readTrace(folder, "demo-abcde")).toBeUndefined();
    const record = join(folder, "claude-bottle", "demo-abcde");
    await mkdir(record, { recursive: true });
    await writeFile(join(record, "state.json"), '{"state":"running","bottlePid":42}');
    expect(await readTrace(folder, "demo-abcde")).toEqual({ record, pid: 42 });
  });
});
