/** Whoever is killed, at whichever step of launch, run and teardown. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import { endlessRun, shortRun } from "./support/scripts.ts";
import { endSteps, isBefore, livingSteps, runSteps, steps } from "./support/steps.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

describe("the supervisor is killed: the bottle dies with it, and what was written is kept", () => {
  test.concurrent.for(steps)("at %s", async (step, { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, isBefore("running", step));
    killPoint(task);
  });
});

describe("the command is killed: the bottle goes on to its end", () => {
  test.concurrent.for(steps)("at %s", async (step, { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    scene.look();
    cli.process.kill("SIGKILL");
    await cli.ended;
    await scene.goOn();
    await nothingIsLeft(scene);
    expect(await stateOf(scene)).toMatchObject({ state: "exited", code: 7 });
    await nothingGoesOut(scene, world);
    // Its end was in order: one resume after it stands for all.
    await workIsThere(scene, true, step === "running");
    killPoint(task);
  });
});

describe("the supervisor is asked to end: it stops the agent and closes the record", () => {
  test.concurrent.for(steps)("at %s", async (step, { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(endlessOrShort(step)(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("supervisor", "SIGTERM");
    await scene.goOn();
    const ended = await cli.ended;
    expect(ended.code).toBe(isBefore(step, "exit") ? 143 : 7);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, isBefore("running", step), step === "exit");
    killPoint(task);
  });
});

describe.each(["helper", "bottle"] as const)("the %s is killed: the run fails", (who) => {
  test.concurrent.for(livingSteps)("at %s", async (step, { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(endlessRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit(who, "SIGKILL");
    await scene.goOn();
    isTold(await cli.ended, /^E_HELPER$/);
    expect(await stateOf(scene)).toMatchObject({ state: "failed" });
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, step === "running");
    killPoint(task);
  });
});

describe("the supervisor of a bottle with a terminal is killed", () => {
  test.concurrent.for(["launched", "running", "exit", "undo terminal", "closed"] as const)(
    "at %s",
    async (step, { task }) => {
      await using scene = await openFaultScene(world);
      const cli = scene.start(shortRun(scene, world), ["--detach"], scene.pauseAt(step));
      await scene.paused();
      await scene.hit("supervisor", "SIGKILL");
      const end = await cli.ended;
      if (step === "launched") isTold(end, /^E_SUPERVISOR_GONE$/);
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      await workIsThere(scene, !["launched", "running"].includes(step));
      killPoint(task);
    },
  );
});

describe("the agent is killed: that is its end", () => {
  test.concurrent.for(runSteps)("at %s", async (step, { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(endlessRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("agent", "SIGKILL");
    await scene.goOn();
    expect(await cli.ended).toMatchObject({ code: 137 });
    expect(await stateOf(scene)).toMatchObject({ state: "exited", signal: "SIGKILL" });
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, false);
    killPoint(task);
  });
});

/** An agent that has ended by itself cannot be asked to. */
function endlessOrShort(step: (typeof steps)[number]): typeof shortRun {
  return (endSteps as readonly string[]).includes(step) ? shortRun : endlessRun;
}
