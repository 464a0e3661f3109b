/** The second run of a bottle, and the commands that end or remove one: killed on the way, or given twice. */
import { readdir, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { list, startAlone, stop } from "./support/bottles.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene, RunningCommand } from "./support/scene.ts";
import { endlessRun, shortRun } from "./support/scripts.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** A bottle that ended by itself; its id. */
async function ended(scene: FaultScene): Promise<string> {
  const first = await scene.start(shortRun(scene, world)).ended;
  expect(first.code).toBe(7);
  return (await scene.id()) ?? "";
}

function resume(scene: FaultScene, id: string, script: string, step?: string): RunningCommand {
  const args = ["resume", id, "--yes", "--headless", "--prompt", script];
  return scene.spawn(args, step === undefined ? {} : scene.pauseAt(step));
}

async function allHolds(scene: FaultScene): Promise<void> {
  await nothingIsLeft(scene);
  await nothingGoesOut(scene, world);
  await workIsThere(scene, true);
}

const resumeSteps = [
  "held",
  "record",
  "launched",
  "gateway",
  "proof",
  "running",
  "exit",
  "undo bottle",
  "closing",
] as const;

describe("a resumed bottle: its supervisor is killed, and the work of all runs is kept", () => {
  test.concurrent.for(resumeSteps)("at %s", async (step, { task }) => {
    await using scene = await openFaultScene(world);
    const id = await ended(scene);
    const again = resume(scene, id, shortRun(scene, world), step);
    await scene.paused();
    await scene.hit("supervisor", "SIGKILL");
    isTold(await again.ended, /^E_SUPERVISOR_GONE$/);
    await allHolds(scene);
    killPoint(task);
  });
});

describe("a resumed bottle: the command is killed, and it goes on to its end", () => {
  test.concurrent.for(["record", "ready", "running"] as const)("at %s", async (step, { task }) => {
    await using scene = await openFaultScene(world);
    const id = await ended(scene);
    const again = resume(scene, id, "exit 9", step);
    await scene.paused();
    scene.look();
    again.process.kill("SIGKILL");
    await again.ended;
    await scene.goOn();
    await nothingIsLeft(scene);
    expect(await stateOf(scene)).toMatchObject({ state: "exited", code: 9 });
    await allHolds(scene);
    killPoint(task);
  });
});

describe("given twice at once", () => {
  test.concurrent("resume: one goes on, the other is refused", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const id = await ended(scene);
    const both = ["exit 4", "exit 4"].map((script) => resume(scene, id, script));
    const results = await Promise.all(both.map(({ ended: one }) => one));
    const codes = results.map(({ code }) => code).toSorted((a, b) => Number(a) - Number(b));
    // One after the other is as good, where the first was faster than the second.
    expect([
      [4, 125],
      [4, 4],
    ]).toContainEqual(codes);
    for (const result of results) if (result.code === 125) isTold(result, /^E_BOTTLE_RUNNING$/);
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent("resume, while the first is held up: the second is refused", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const id = await ended(scene);
    const first = resume(scene, id, "exit 4", "held");
    await scene.paused();
    isTold(await resume(scene, id, "exit 5").ended, /^E_BOTTLE_RUNNING$/);
    await scene.goOn();
    expect(await first.ended).toMatchObject({ code: 4 });
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent("rm: the bottle is gone, and nobody stumbles", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const id = await ended(scene);
    const rm = ["rm", "--discard-work", id];
    const results = await Promise.all([scene.run(rm), scene.run(rm), scene.run(rm)]);
    expect(results.some(({ code }) => code === 0)).toBe(true);
    for (const { code, stderr } of results)
      if (code !== 0) expect(stderr).toMatch(/^error E_RECORD_MISSING/);
    expect(await list(scene)).toEqual([]);
    await nothingIsLeft(scene);
    killPoint(task);
  });

  test.concurrent("stop: both see it end", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const id = await startAlone(scene, endlessRun(scene, world));
    await Promise.all([stop(scene, id), stop(scene, id)]);
    expect(await stateOf(scene)).toMatchObject({ state: "exited" });
    await allHolds(scene);
    killPoint(task);
  });
});

describe("a command is killed", () => {
  test.concurrent("stop: the bottle ends all the same", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const started = await scene.start(
      endlessRun(scene, world),
      ["--headless", "--detach"],
      scene.pauseAt("exit"),
    ).ended;
    const id = started.stdout.trim();
    await until("its work is there", async () => (await scene.record("workspace/work.txt")) !== "");
    const stopping = scene.spawn(["stop", id]);
    await scene.paused();
    scene.look();
    stopping.process.kill("SIGKILL");
    await stopping.ended;
    await scene.goOn();
    await allHolds(scene);
    expect(await stateOf(scene)).toMatchObject({ state: "exited" });
    killPoint(task);
  });

  test.concurrent("stop, and the supervisor with it: lost, and nothing else", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const started = await scene.start(
      endlessRun(scene, world),
      ["--headless", "--detach"],
      scene.pauseAt("exit"),
    ).ended;
    const id = started.stdout.trim();
    await until("its work is there", async () => (await scene.record("workspace/work.txt")) !== "");
    const stopping = scene.spawn(["stop", id]);
    await scene.paused();
    await scene.hit("supervisor", "SIGKILL");
    expect(await stopping.ended).toMatchObject({ code: 0, stdout: `${id}: stopped\n` });
    expect(await list(scene)).toMatchObject([{ id, state: "lost" }]);
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent("rm, and the rm(1) it started: cleanup finishes the work", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const id = await ended(scene);
    const workspace = join(scene.stateHome, "claude-bottle", id, "workspace");
    for (let folder = 0; folder < 20; folder += 1) {
      await mkdir(join(workspace, `many-${folder}`));
      for (let file = 0; file < 100; file += 1)
        await writeFile(join(workspace, `many-${folder}`, `${file}`), "");
    }
    const removing = scene.spawn(["rm", "--discard-work", id]);
    const out = join(scene.stateHome, "claude-bottle", `.${id}.removing`);
    await until(
      "it is being removed",
      async () => (await readdir(out).catch(() => [])).length > 0,
      40,
      0,
    );
    scene.killAll();
    await removing.ended;
    await nothingIsLeft(scene);
    expect(await list(scene)).toEqual([]);
    killPoint(task);
  });

  test.concurrent("attach: the bottle lives on", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const id = await startAlone(scene, endlessRun(scene, world));
    const attached = scene.spawn(["attach", id]);
    await until("it is there", async () => (await list(scene))[0]?.attached === 1);
    attached.process.kill("SIGKILL");
    await attached.ended;
    await until("it has left", async () => (await list(scene))[0]?.attached === 0);
    await stop(scene, id);
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent("start --detach, before its bottle runs: it runs all the same", async ({
    task,
  }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(
      shortRun(scene, world),
      ["--headless", "--detach"],
      scene.pauseAt("helper"),
    );
    await scene.paused();
    scene.look();
    cli.process.kill("SIGKILL");
    await cli.ended;
    await scene.goOn();
    await nothingIsLeft(scene);
    expect(await stateOf(scene)).toMatchObject({ state: "exited", code: 7 });
    await allHolds(scene);
    killPoint(task);
  });
});

describe("a bottle that died before its agent ran", () => {
  test.concurrent.for(["directories", "gateway", "workspace"] as const)(
    "at %s is not resumed, and is removed without a word about work",
    async (step, { task }) => {
      await using scene = await openFaultScene(world);
      const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
      await scene.paused();
      await scene.hit("supervisor", "SIGKILL");
      await cli.ended;
      await nothingIsLeft(scene);
      const id = (await scene.id()) ?? "";
      const again = await resume(scene, id, "true").ended;
      if (step === "workspace" || again.code !== 0) isTold(again, /^E_RESUME$/);
      expect(await scene.run(["rm", id])).toMatchObject({ code: 0, stdout: `${id}: removed\n` });
      await nothingIsLeft(scene);
      killPoint(task);
    },
  );
});
