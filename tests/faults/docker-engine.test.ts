/** Faults of what the rung runc stands on: dockerd, containerd and the shims die or hang, at every step of a bottle's life. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestDaemon } from "../support/docker/daemon.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { ensureTiny, tinyImage } from "../support/docker/tiny.ts";
import { waitingAt } from "./support/at-once.ts";
import type { Crowd } from "./support/at-once.ts";
import { isTold, nothingGoesOut, nothingIsLeft, workIsThere } from "./support/checks.ts";
import { containersOf, noContainer } from "./support/containers.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { shortRun } from "./support/scripts.ts";
import { isBefore } from "./support/steps.ts";
import type { Step } from "./support/steps.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

const patient = { timeout: 120_000 };
/** Before the container, with its helper alone, proven, with the agent, after it, and while it is undone. */
const steps = ["directories", "launched", "proof", "running", "exit", "undo bottle"] as const;

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

function waiting<const S extends Step>(at: readonly S[]): Promise<Crowd<S>> {
  const open = (): Promise<FaultScene> => openFaultScene(world, { rung: "runc", image: tinyImage });
  return waitingAt(at, open, (scene) => shortRun(scene, world));
}

/** Promises 3, 4 and 5, for all that were hit. */
async function everythingHolds({ all }: Crowd<Step>, { engine }: TestDaemon): Promise<void> {
  for (const { step, scene } of all) {
    await nothingIsLeft(scene);
    await noContainer(engine, scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, !isBefore(step, "running"));
  }
}

/** Until it makes containers again: after a containerd that died dockerd waits ten seconds. */
async function isBack({ engine }: TestDaemon): Promise<void> {
  await until("containers can be made", async () => {
    const made = engine.call("POST", "/containers/create", {
      json: { Image: tinyImage, Cmd: ["cat"], HostConfig: { NetworkMode: "none" } },
    });
    return made.then(
      async (found) => {
        const { Id } = found as { readonly Id: string };
        const started = engine.call("POST", `/containers/${Id}/start`);
        const works = await started.then(
          () => true,
          () => false,
        );
        await engine.call("DELETE", `/containers/${Id}`, { query: { force: "1" } });
        return works;
      },
      () => false,
    );
  });
}

function kill(pids: readonly number[]): void {
  expect(pids).not.toEqual([]);
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

describe.each([
  { name: "dockerd", args: [] },
  { name: "dockerd --live-restore", args: ["--live-restore"] },
])("$name is killed, and there is one again:", ({ args }) => {
  const daemon = withDaemon({ disk: 256, args });
  beforeAll(() => ensureTiny(daemon().engine));

  test("bottles at every step end, told, and are swept", patient, async ({ task }) => {
    await using crowd = await waiting(steps);
    await daemon().crash();
    await crowd.goOn();
    for (const { step, end } of crowd.all) {
      const ended = await end;
      if (step === "directories") isTold(ended, /^E_RUNG_LAUNCH$/);
      else if (isBefore(step, "running")) isTold(ended, /^E_HELPER$/);
      // It may have been through before its stream was cut.
      else if (step === "running" && ended.code !== 7) isTold(ended, /^E_HELPER$/);
      else expect(ended, step).toMatchObject({ code: 7 });
    }
    await daemon().restart();
    await everythingHolds(crowd, daemon());
    killPoint(task, steps.length);
  });
});

describe("one daemon", () => {
  const daemon = withDaemon({ disk: 256 });
  beforeAll(() => ensureTiny(daemon().engine));

  test(
    "loses its containerd: bottles that run end as they would have, and nothing is left",
    patient,
    async ({ task }) => {
      await using crowd = await waiting(steps);
      kill(daemon().processes("containerd"));
      await crowd.goOn();
      for (const { step, end } of crowd.all)
        if (step === "directories") isTold(await end, /^E_RUNG_LAUNCH$/);
        else expect(await end, step).toMatchObject({ code: 7 });
      await isBack(daemon());
      await everythingHolds(crowd, daemon());
      killPoint(task, steps.length);
    },
  );

  test("loses the shims of bottles: each ends, told", patient, async ({ task }) => {
    const having = ["launched", "proof", "running", "exit"] as const;
    await using crowd = await waiting(having);
    kill(daemon().processes("containerd-shim"));
    await crowd.goOn();
    for (const { step, end } of crowd.all) {
      const ended = await end;
      if (isBefore(step, "running")) isTold(ended, /^E_HELPER$/);
      else if (step === "running" && ended.code !== 7) isTold(ended, /^E_HELPER$/);
      else expect(ended, step).toMatchObject({ code: 7 });
    }
    await everythingHolds(crowd, daemon());
    killPoint(task, having.length);
  });

  test("hangs for a while: bottles at every step go on", patient, async ({ task }) => {
    await using crowd = await waiting(steps);
    daemon().hang();
    try {
      await crowd.goOn();
      await sleep(1_500);
    } finally {
      daemon().wake();
    }
    for (const { step, end } of crowd.all) expect(await end, step).toMatchObject({ code: 7 });
    await everythingHolds(crowd, daemon());
    killPoint(task, steps.length);
  });

  test(
    "hangs for good: whoever stops a bottle, at whatever step, is not kept, and nothing of it lives on",
    patient,
    async ({ task }) => {
      await using crowd = await waiting(steps);
      daemon().hang();
      try {
        for (const { scene } of crowd.all) {
          scene.look();
          await scene.hit("supervisor", "SIGTERM");
        }
        await crowd.goOn();
        for (const { step, scene, end } of crowd.all) {
          const { code } = await end;
          if (isBefore(step, "running")) expect(code, step).toBe(143);
          else if (step === "running") expect([7, 143]).toContain(code);
          else expect(code, step).toBe(7);
          await until(`nothing lives of ${step}`, () => Promise.resolve(scene.look().length === 0));
        }
      } finally {
        daemon().wake();
      }
      await everythingHolds(crowd, daemon());
      killPoint(task, steps.length);
    },
  );

  test(
    "is asked to remove the image of a bottle that runs: the bottle has it still",
    patient,
    async ({ task }) => {
      await using crowd = await waiting(["running"]);
      const query = { force: "1" };
      await daemon()
        .engine.call("DELETE", `/images/${tinyImage}`, { query })
        .catch(() => undefined);
      await crowd.goOn();
      for (const { end } of crowd.all) expect(await end).toMatchObject({ code: 7 });
      await ensureTiny(daemon().engine);
      for (const { scene } of crowd.all) {
        expect(await containersOf(daemon().engine, scene)).toEqual([]);
        await nothingIsLeft(scene);
        await workIsThere(scene, true);
      }
      killPoint(task);
    },
  );
});
