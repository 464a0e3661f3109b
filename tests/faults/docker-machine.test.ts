/** Faults of the machine that the daemon is on: its disk is full, its clock is wrong, it is started anew. */
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestDaemon } from "../support/docker/daemon.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { ensureTiny, tinyImage } from "../support/docker/tiny.ts";
import { waitingAt } from "./support/at-once.ts";
import { startAlone, stop } from "./support/bottles.ts";
import { isTold, nothingGoesOut, nothingIsLeft, workIsThere } from "./support/checks.ts";
import { openClock } from "./support/clock.ts";
import { containersOf, noContainer } from "./support/containers.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { endlessRun, shortRun } from "./support/scripts.ts";
import { isBefore } from "./support/steps.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

const patient = { timeout: 120_000 };
const daemon = withDaemon({ disk: 128 });
let world: World;
beforeAll(async () => void (world = await openWorld()));
beforeAll(() => ensureTiny(daemon().engine));
afterAll(() => world[Symbol.asyncDispose]());

function open(): Promise<FaultScene> {
  return openFaultScene(world, { rung: "runc", image: tinyImage });
}

/** Not one byte more on the daemon's disk; the function makes room again. */
function fill({ data }: TestDaemon): () => void {
  const filler = join(data, "filler");
  const { bavail, bsize } = statfsSync(data);
  execFileSync("fallocate", ["-l", String(Math.max(1, bavail - 4) * bsize), filler]);
  for (const size of [4096, 1])
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: "a" });
    } catch {
      // Full for pieces of this size.
    }
  return () => rmSync(filler, { force: true });
}

test(
  "the daemon's disk is full: a start is told so, and a bottle that runs ends as it would have",
  patient,
  async ({ task }) => {
    const steps = ["directories", "launched", "running", "exit"] as const;
    await using crowd = await waitingAt(steps, open, (scene) => shortRun(scene, world));
    const makeRoom = fill(daemon());
    try {
      // First, as long as no container that ends makes room for it.
      const [start, ...others] = crowd.all;
      if (start?.step !== "directories") throw new Error("the start must be the first");
      await start.scene.goOn();
      isTold(await start.end, /^E_RUNG_LAUNCH$/);
      expect((await start.end).stderr).toContain("no space left on device");
      await Promise.all(others.map(({ scene }) => scene.goOn()));
      for (const { step, end } of others) expect(await end, step).toMatchObject({ code: 7 });
      for (const { scene } of crowd.all) await noContainer(daemon().engine, scene);
    } finally {
      makeRoom();
    }
    for (const { step, scene } of crowd.all) {
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      await workIsThere(scene, !isBefore(step, "running"));
    }
    killPoint(task, steps.length);
  },
);

const year = 365 * 86_400_000;

describe("the command's clock is a year", () => {
  test.for([
    ["ahead", year],
    ["behind", -year],
  ] as const)(
    "%s: it sweeps no container of a living bottle, and each of a dead one",
    patient,
    async ([, shift], { task }) => {
      await using scene = await open();
      const { env } = await openClock(scene, shift);
      const id = await startAlone(scene, endlessRun(scene, world));
      expect(await scene.run(["cleanup"], env)).toMatchObject({ code: 0 });
      const asked = world.asked(scene.mark);
      await until("it goes on", () => Promise.resolve(world.asked(scene.mark) > asked + 2));
      // A helper that does not go with its supervisor: what is left of the bottle is for the sweep.
      scene.look();
      for (const { pid, command } of scene.look())
        if (command[0] === "bottle-helper") process.kill(pid, "SIGSTOP");
      await scene.hit("supervisor", "SIGKILL");
      await until(
        "the supervisor is gone",
        async () =>
          (await scene.run(["ps", "--all"], env)).stdout.includes(id) &&
          !scene.look().some(({ command }) => command[1]?.endsWith("/dist/supervisor.js")),
      );
      expect(await containersOf(daemon().engine, scene)).toHaveLength(1);
      const cleaned = await scene.run(["cleanup"], env);
      expect(cleaned.stdout).toContain("removed container");
      await noContainer(daemon().engine, scene);
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      await workIsThere(scene, true);
      killPoint(task, 2);
    },
  );
});

// Last: it is another daemon afterwards.
test(
  "the machine is started anew under its bottles: nothing of them is left, and they go on with their work",
  patient,
  async ({ task }) => {
    const steps = ["launched", "running", "exit"] as const;
    await using crowd = await waitingAt(steps, open, (scene) => shortRun(scene, world));
    await using working = await open();
    const id = await startAlone(working, endlessRun(working, world));
    const all = [...crowd.all.map(({ scene }) => scene), working];
    // Everything at once, as when the power goes: nobody has a last word.
    for (const scene of all) scene.look();
    await daemon().crash();
    for (const name of ["containerd", "containerd-shim"] as const)
      for (const pid of daemon().processes(name)) process.kill(pid, "SIGKILL");
    for (const scene of all) scene.killAll();
    await Promise.all(crowd.all.map(({ end }) => end));
    // What such a machine keeps in memory alone.
    await rm(daemon().runtimeDir, { recursive: true, force: true });
    for (const { runHome } of all) await rm(runHome, { recursive: true, force: true });
    await crowd.goOn();
    await daemon().restart();
    for (const { step, scene } of crowd.all) {
      await nothingIsLeft(scene);
      await noContainer(daemon().engine, scene);
      await nothingGoesOut(scene, world);
      await workIsThere(scene, step === "exit");
    }
    await nothingIsLeft(working);
    await noContainer(daemon().engine, working);
    const again = [
      "resume",
      id,
      "--yes",
      "--headless",
      "--detach",
      "--prompt",
      endlessRun(working, world),
    ];
    expect(await working.run(again)).toMatchObject({ code: 0 });
    await stop(working, id);
    await nothingIsLeft(working);
    await workIsThere(working, true);
    killPoint(task, steps.length + 1);
  },
);
