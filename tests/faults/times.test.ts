/** Kills at moments that no step has a name for: the same must hold wherever they meet a launch. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import { endlessRun, shortRun } from "./support/scripts.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** Milliseconds after the command began; a calm machine takes 300 to the agent. */
const moments = [10, 40, 70, 100, 130, 160, 190, 220, 260, 300];

describe("the command is killed", () => {
  test.concurrent.for(moments)("%i ms after it began", async (ms, { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(shortRun(scene, world));
    await sleep(ms);
    scene.look();
    cli.process.kill("SIGKILL");
    await cli.ended;
    await nothingIsLeft(scene);
    const state = await stateOf(scene);
    // Before its order nothing is started; after it everything goes on to its end.
    if (state["state"] !== undefined) expect(state).toMatchObject({ state: "exited", code: 7 });
    await nothingGoesOut(scene, world);
    await workIsThere(scene, state["state"] !== undefined);
    killPoint(task);
  });
});

describe("the supervisor is killed", () => {
  test.concurrent.for(moments)("%i ms after the command began", async (ms, { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(endlessRun(scene, world));
    await sleep(ms);
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, false);
    killPoint(task);
  });
});
