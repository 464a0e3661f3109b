/** Faults of the rung runc: its supervisor, its daemon, its containers' names, its image. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idLabel, ownerLabel, ownerMark, writeOwner } from "../../src/backends/docker/labels.ts";
import { baseName } from "../support/docker/base.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { containersOf, noContainer as noContainerOf } from "./support/containers.ts";
import type { ListedContainer } from "./support/containers.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { endlessRun, shortRun, workOf } from "./support/scripts.ts";
import { isBefore } from "./support/steps.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

const daemon = withDaemon();
const patient = { timeout: 120_000 };
const base = `${baseName.repository}:${baseName.tag}`;

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

function open(): Promise<FaultScene> {
  return openFaultScene(world, { rung: "runc" });
}

function noContainer(scene: FaultScene): Promise<void> {
  return noContainerOf(daemon().engine, scene);
}

/** A container that does not run, under a name that a bottle would have. */
async function occupy(name: string, labels: Readonly<Record<string, string>>): Promise<string> {
  const json = { Image: base, Cmd: ["true"], Labels: labels };
  const query = { name: `claude-bottle-${name}` };
  const made = await daemon().engine.call("POST", "/containers/create", { query, json });
  return (made as { readonly Id: string }).Id;
}

describe("the supervisor of a container is killed: the bottle dies with it", () => {
  const steps = ["directories", "launched", "proof", "running", "exit", "undo bottle"] as const;
  test.for(steps)("at %s", patient, async (step, { task }) => {
    await using scene = await open();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await nothingIsLeft(scene);
    await noContainer(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, isBefore("running", step), step === "running");
    killPoint(task);
  });

  test(
    "also with a helper that was stopped before: the next command sweeps it",
    patient,
    async ({ task }) => {
      await using scene = await open();
      const stopping = `for p in /proc/[0-9]*; do grep -q bottle-helper $p/comm && kill -STOP \${p#/proc/}; done`;
      const cli = scene.start(
        `echo work-${scene.mark} > work.txt; ${stopping}; echo stopped > stopped; exec sleep 600`,
      );
      await until("the helper is stopped", async () =>
        (await scene.record("workspace/stopped")).includes("stopped"),
      );
      await scene.hit("supervisor", "SIGKILL");
      isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
      expect(await containersOf(daemon().engine, scene)).toHaveLength(1);
      const cleaned = await scene.run(["cleanup"]);
      expect(cleaned.stdout).toContain("removed container");
      await noContainer(scene);
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      killPoint(task);
    },
  );
});

describe.each(["helper", "agent"] as const)("the %s in a container is killed", (who) => {
  test("it is told, and nothing is left", patient, async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(endlessRun(scene, world), undefined, scene.pauseAt("running"));
    await scene.paused();
    await scene.hit(who, "SIGKILL");
    await scene.goOn();
    const end = await cli.ended;
    if (who === "agent") expect(end).toMatchObject({ code: 137 });
    else isTold(end, /^E_HELPER$/);
    await nothingIsLeft(scene);
    await noContainer(scene);
    await nothingGoesOut(scene, world);
    killPoint(task);
  });
});

describe("the name of a container is taken", () => {
  test("by somebody else's: the start says so, and leaves it alone", patient, async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("directories"));
    await scene.paused();
    const id = (await scene.id()) ?? "";
    const theirs = await occupy(id, {});
    await scene.goOn();
    const end = await cli.ended;
    isTold(end, /^E_RUNG_LAUNCH$/);
    expect(end.stderr).toContain("is already in use");
    expect((await containersOfName(id)).map(({ Id }) => Id)).toEqual([theirs]);
    await daemon().engine.call("DELETE", `/containers/${theirs}`);
    await nothingIsLeft(scene);
    killPoint(task);
  });

  test(
    "by what a dead supervisor left of the same bottle: it goes, and the bottle starts",
    patient,
    async ({ task }) => {
      await using scene = await open();
      const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("directories"));
      await scene.paused();
      const id = (await scene.id()) ?? "";
      const uid = process.getuid?.() ?? -1;
      const dead = { ...ownerMark(uid, process.pid), started: 1 };
      await occupy(id, { [idLabel]: id, [ownerLabel]: writeOwner(dead) });
      await scene.goOn();
      expect(await cli.ended).toMatchObject({ code: 7 });
      await noContainer(scene);
      await nothingIsLeft(scene);
      killPoint(task);
    },
  );

  async function containersOfName(id: string): Promise<readonly ListedContainer[]> {
    const query = { all: "1", filters: JSON.stringify({ name: [`claude-bottle-${id}`] }) };
    return (await daemon().engine.call("GET", "/containers/json", {
      query,
    })) as readonly ListedContainer[];
  }
});

test("twenty starts at once, in one folder, never collide", patient, async ({ task }) => {
  await using scene = await open();
  const starts = Array.from({ length: 20 }, () => scene.start(shortRun(scene, world)));
  const ends = await Promise.all(starts.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 7));
  expect(world.asked(scene.mark)).toBe(20);
  await noContainer(scene);
  await nothingIsLeft(scene);
  await nothingGoesOut(scene, world);
  killPoint(task, 20);
});

test(
  "the image is removed before the bottle is made of it: the start says so",
  patient,
  async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("directories"));
    await scene.paused();
    const filters = JSON.stringify({ label: ["claude-bottle.image"] });
    const images = await daemon().engine.call("GET", "/images/json", { query: { filters } });
    for (const { Id } of images as readonly ListedContainer[])
      await daemon().engine.call("DELETE", `/images/${Id}`, { query: { force: "1" } });
    await scene.goOn();
    isTold(await cli.ended, /^E_IMAGE_GONE$/);
    await nothingIsLeft(scene);
    await noContainer(scene);
    killPoint(task);
  },
);

test("the supervisor is killed while Docker makes the container", patient, async ({ task }) => {
  await using scene = await open();
  const cli = scene.start(shortRun(scene, world));
  await until(
    "there is a container",
    async () => (await containersOf(daemon().engine, scene)).length > 0,
  );
  await scene.hit("supervisor", "SIGKILL");
  isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
  await scene.run(["cleanup"]);
  await noContainer(scene);
  await nothingIsLeft(scene);
  await nothingGoesOut(scene, world);
  killPoint(task);
});

// Last: it is another daemon afterwards.
test(
  "the daemon is killed: the bottle ends, and is swept when there is a daemon again",
  patient,
  async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(endlessRun(scene, world));
    await until("it runs", async () => (await stateOf(scene))["state"] === "running");
    await until(
      "it works",
      async () => (await scene.record("workspace/work.txt")) === workOf(scene),
    );
    scene.look();
    await daemon().crash();
    isTold(await cli.ended, /^E_HELPER$/);
    await until("no process is left", () => Promise.resolve(scene.look().length === 0));
    await nothingGoesOut(scene, world);
    const without = await scene.start(shortRun(scene, world)).ended;
    expect(without).toMatchObject({ code: 125 });
    expect(without.stderr).toMatch(/E_RUNG_UNAVAILABLE.*no Docker daemon listens/s);
    await daemon().restart();
    await noContainer(scene);
    await nothingIsLeft(scene);
    await workIsThere(scene, true);
    killPoint(task);
  },
);
