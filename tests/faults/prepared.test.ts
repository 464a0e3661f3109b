/** Bottles that wait for whoever claims them: their ends, and claims that meet one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { list, stop } from "./support/bottles.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { shortRun } from "./support/scripts.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

async function prepare(scene: FaultScene, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const prepared = await scene.run(
    ["prepare", scene.mark, "--manifest", `${scene.folder}/bottles.yaml`, "--headless"],
    env,
  );
  if (prepared.code !== 0) throw new Error(prepared.stderr);
  scene.look();
  return prepared.stdout.trim();
}

describe("a prepared bottle that waits", () => {
  test.concurrent.for(["supervisor", "helper", "bottle"] as const)(
    "%s killed: the next start makes a new one, and nothing is left",
    async (who, { task }) => {
      await using scene = await openFaultScene(world);
      await prepare(scene);
      await scene.hit(who, "SIGKILL");
      await until("it is gone", () => Promise.resolve(scene.look().length === 0));
      expect(await scene.start(shortRun(scene, world)).ended).toMatchObject({ code: 7 });
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      killPoint(task);
    },
  );

  test.concurrent("is stopped while it is suspended, after a start that passed it by", async ({
    task,
  }) => {
    await using scene = await openFaultScene(world);
    const id = await prepare(scene);
    await scene.hit("supervisor", "SIGSTOP");
    const started = await scene.start(shortRun(scene, world)).ended;
    expect(started.code).toBe(7);
    expect(started.stderr).not.toContain(id);
    await stop(scene, id);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    killPoint(task);
  });
});

describe("a claimed bottle: its supervisor is killed", () => {
  test.concurrent.for(["gateway", "workspace", "proof", "ready", "running", "closing"] as const)(
    "at %s",
    async (step, { task }) => {
      await using scene = await openFaultScene(world);
      const id = await prepare(scene);
      const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
      await scene.paused();
      expect(await list(scene)).toMatchObject([{ id }]);
      await scene.hit("supervisor", "SIGKILL");
      isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      await workIsThere(scene, step === "closing");
      killPoint(task);
    },
  );

  test.concurrent("or the command: it goes on to its end", async ({ task }) => {
    await using scene = await openFaultScene(world);
    await prepare(scene);
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("proof"));
    await scene.paused();
    scene.look();
    cli.process.kill("SIGKILL");
    await cli.ended;
    await scene.goOn();
    await nothingIsLeft(scene);
    expect(await stateOf(scene)).toMatchObject({ state: "exited", code: 7 });
    await nothingGoesOut(scene, world);
    await workIsThere(scene, true);
    killPoint(task);
  });
});

describe("a bottle that is being prepared: its supervisor is killed", () => {
  test.concurrent.for(["held", "record", "directories", "launched"] as const)(
    "at %s",
    async (step, { task }) => {
      await using scene = await openFaultScene(world);
      const preparing = scene.spawn(
        ["prepare", scene.mark, "--manifest", `${scene.folder}/bottles.yaml`, "--headless"],
        scene.pauseAt(step),
      );
      await scene.paused();
      await scene.hit("supervisor", "SIGKILL");
      isTold(await preparing.ended, /^E_SUPERVISOR_GONE$/);
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      killPoint(task);
    },
  );
});
