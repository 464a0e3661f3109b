/** A bottle that works in the owner's folder itself, killed on the way: the folder holds its work, and nothing of ours. */
import { chownSync } from "node:fs";
import { chmod, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { shortRun, workOf } from "./support/scripts.ts";
import { isBefore } from "./support/steps.ts";
import type { Step } from "./support/steps.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** As root nobody works in root's own folder: it is given to somebody. */
async function openMounted(): Promise<FaultScene> {
  const scene = await openFaultScene(world, { workspace: "mount" });
  if (process.getuid?.() !== 0) return scene;
  const { workspace, folder } = scene;
  for (const path of [
    workspace,
    join(workspace, "src"),
    join(workspace, "README.md"),
    join(workspace, "src", "a.txt"),
  ])
    chownSync(path, 23_456, 23_456);
  await chmod(folder, 0o711);
  return scene;
}

async function folderIsIts(scene: FaultScene, worked: boolean): Promise<void> {
  const names = ["README.md", "src", ...(worked ? ["work.txt"] : [])];
  expect((await readdir(scene.workspace)).toSorted()).toEqual(names);
  expect(await readdir(join(scene.workspace, "src"))).toEqual(["a.txt"]);
  if (worked) expect(await readFile(join(scene.workspace, "work.txt"), "utf8")).toBe(workOf(scene));
}

const steps = [
  "held",
  "record",
  "directories",
  "launched",
  "gateway",
  "ready",
  "running",
  "exit",
  "stopped",
  "undo bottle",
  "closing",
] as const satisfies readonly Step[];

describe("its supervisor is killed", () => {
  test.concurrent.for(steps)("at %s", async (step, { task }) => {
    await using scene = await openMounted();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    // It had begun to run: how far it got nobody knows.
    if (step !== "running") await folderIsIts(scene, isBefore("running", step));
    const again = await scene.start(shortRun(scene, world)).ended;
    expect(`${again.code ?? ""} ${again.stderr}`).toMatch(/^7 /);
    await folderIsIts(scene, true);
    await nothingIsLeft(scene);
    killPoint(task);
  });
});

describe("the command is killed: it goes on to its end", () => {
  test.concurrent.for(["launched", "running"] as const)("at %s", async (step, { task }) => {
    await using scene = await openMounted();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    scene.look();
    cli.process.kill("SIGKILL");
    await cli.ended;
    await scene.goOn();
    await nothingIsLeft(scene);
    expect(await stateOf(scene)).toMatchObject({ state: "exited", code: 7 });
    await nothingGoesOut(scene, world);
    await folderIsIts(scene, true);
    killPoint(task);
  });
});
