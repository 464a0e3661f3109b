import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processTree, readTrace, searchBottle } from "./outside.ts";

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

describe("the look from outside", () => {
  it("finds a process with its children, and nothing of one that ended", async () => {
    const tree = spawnTree({ PATH: process.env["PATH"] });
    await expect.poll(async () => (await processTree(tree.pid)).length).toBe(2);
    await tree.end();
    expect(await processTree(tree.pid)).not.toContain(tree.pid);
  });

  it("finds a token in a child's environment, and none where there is none", async () => {
    const clean = spawnTree({ PATH: process.env["PATH"] });
    const leaky = spawnTree({ PATH: process.env["PATH"], TOKEN: token });
    await expect.poll(async () => (await processTree(clean.pid)).length).toBe(2);
    await expect.poll(async () => (await processTree(leaky.pid)).length).toBe(2);
    const good = await searchBottle({ record: folder, pid: clean.pid }, token);
    const bad = await searchBottle({ record: folder, pid: leaky.pid }, token);
    await clean.end();
    await leaky.end();
    expect(good).toMatchObject({ ok: true });
    expect(bad).toMatchObject({ ok: false });
    expect(bad.detail).not.toContain(token);
  });

  it("finds a token in a file of the home", async () => {
    await writeFile(join(folder, "home", "notes"), `x${token}y`);
    const tree = spawnTree({ PATH: process.env["PATH"] });
    await expect.poll(async () => (await processTree(tree.pid)).length).toBe(2);
    const found = await searchBottle({ record: folder, pid: tree.pid }, token);
    await tree.end();
    expect(found.ok).toBe(false);
  });

  it("does not pass when there was no process to search", async () => {
    expect((await searchBottle({ record: folder, pid: 2 ** 22 - 1 }, token)).ok).toBe(false);
  });

  it("knows no trace of a bottle that does not run yet", async () => {
    expect(await readTrace(folder, "demo-abcde")).toBeUndefined();
    const record = join(folder, "claude-bottle", "demo-abcde");
    await mkdir(record, { recursive: true });
    await writeFile(join(record, "state.json"), '{"state":"running","bottlePid":42}');
    expect(await readTrace(folder, "demo-abcde")).toEqual({ record, pid: 42 });
  });
});
