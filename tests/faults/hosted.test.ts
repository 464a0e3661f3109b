/** A gateway beside its bottle: it is killed, its supervisor is, or the connection between them is cut, at whichever step. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostedDist } from "../support/hosted/dist.ts";
import { list, startAlone } from "./support/bottles.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { endlessRun, shortRun } from "./support/scripts.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
let installed: Awaited<ReturnType<typeof hostedDist>>;
beforeAll(async () => {
  [world, installed] = await Promise.all([openWorld(), hostedDist()]);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await installed[Symbol.asyncDispose]();
});

function openScene(): Promise<FaultScene> {
  return openFaultScene(world, {}, join(installed.dir, "cli.js"));
}

/** From the gateway's start on. */
const steps = [
  ...["hosted", "launched", "gateway", "helper", "proof", "ready", "agent", "running"],
] as const;
const endSteps = ["exit", "stopped", "undo gateway"] as const;

describe("the gateway is killed: the bottle ends, and the run fails", () => {
  test.concurrent.for(steps)("at %s", async (step, { task }) => {
    await using scene = await openScene();
    const cli = scene.start(endlessRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("gateway", "SIGKILL");
    await scene.goOn();
    isTold(await cli.ended, /^E_GATEWAY_LOST$/);
    expect(await stateOf(scene)).toMatchObject({ state: "failed" });
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, step === "running");
    killPoint(task);
  });
});

describe("the supervisor is killed: the gateway ends by itself", () => {
  test.concurrent.for([...steps, ...endSteps])("at %s", async (step, { task }) => {
    await using scene = await openScene();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    scene.look();
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    killPoint(task);
  });
});

describe("the connection is cut: it is made again, and nothing is lost", () => {
  test.concurrent.for([...steps, ...endSteps])("at %s", async (step, { task }) => {
    await using scene = await openScene();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("holder", "SIGUSR1");
    await scene.goOn();
    expect(await cli.ended).toMatchObject({ code: 7 });
    const receipt = JSON.parse(await scene.record("receipt.json")) as object;
    // What the agent asked, and what the probes did.
    expect(receipt).toMatchObject({ requests: expect.any(Number) as number });
    expect(world.asked(scene.mark)).toBe(1);
    await nothingIsLeft(scene);
    await workIsThere(scene, true, step === "running");
    killPoint(task);
  });
});

describe("a bottle was prepared with its gateway, which was told nothing", () => {
  const prepare = async (scene: FaultScene): Promise<string> => {
    const args = [scene.mark, "--manifest", `${scene.folder}/bottles.yaml`, "--headless"];
    const prepared = await scene.run(["prepare", ...args]);
    if (prepared.code !== 0) throw new Error(prepared.stderr);
    scene.look();
    return prepared.stdout.trim();
  };

  test.concurrent("and cut off meanwhile: it is claimed, and does its work", async ({ task }) => {
    await using scene = await openScene();
    const id = await prepare(scene);
    await scene.hit("holder", "SIGUSR1");
    expect(await scene.start(shortRun(scene, world)).ended).toMatchObject({ code: 7 });
    expect(await scene.id()).toBe(id);
    expect(world.asked(scene.mark)).toBe(1);
    await nothingIsLeft(scene);
    await workIsThere(scene, true, false);
    killPoint(task);
  });

  test.concurrent("which was killed: the next start makes a new one", async ({ task }) => {
    await using scene = await openScene();
    await prepare(scene);
    await scene.hit("gateway", "SIGKILL");
    await until("it is gone", () => Promise.resolve(scene.look().length === 0));
    expect(await scene.start(shortRun(scene, world)).ended).toMatchObject({ code: 7 });
    await nothingIsLeft(scene);
    killPoint(task);
  });
});

describe("the gateway is out of reach", () => {
  test("for a while: the agent works on, and the list says so", async ({ task }) => {
    await using scene = await openScene();
    await startAlone(scene, endlessRun(scene, world));
    await scene.hit("holder", "SIGUSR2");
    await until("it is cut off", async () => (await list(scene))[0]?.cutOff === true);
    const before = world.asked(scene.mark);
    await until("it asks", () => Promise.resolve(world.asked(scene.mark) > before));
    await scene.hit("holder", "SIGUSR2");
    await until("it is back", async () => (await list(scene))[0]?.cutOff === false);
    const [id = ""] = (await list(scene)).map((one) => one.id);
    const asked = world.asked(scene.mark);
    await until("it is written down", async () => {
      const { stdout } = await scene.run(["audit", id, "--format", "json"]);
      return stdout.split(`/${scene.mark}/`).length - 1 >= asked;
    });
    expect(await scene.run(["stop", id])).toMatchObject({ code: 0 });
    await nothingIsLeft(scene);
    await workIsThere(scene, true);
    killPoint(task);
  });

  test("for good: the gateway ends, and with it the bottle", async ({ task }) => {
    await using scene = await openScene();
    const cli = scene.start(endlessRun(scene, world));
    await until("it works", async () => (await scene.record("workspace/work.txt")) !== "");
    scene.look();
    await scene.hit("holder", "SIGUSR2");
    isTold(await cli.ended, /^E_GATEWAY_LOST$/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, true);
    killPoint(task);
  });

  test("when its supervisor is asked to end: it does", async ({ task }) => {
    await using scene = await openScene();
    const cli = scene.start(endlessRun(scene, world));
    await until("it works", async () => (await scene.record("workspace/work.txt")) !== "");
    await scene.hit("holder", "SIGUSR2");
    await sleep(100);
    await scene.hit("supervisor", "SIGTERM");
    expect((await cli.ended).code).toBe(143);
    await nothingIsLeft(scene);
    await workIsThere(scene, true);
    killPoint(task);
  });
});
