/** A disk that is full, and folders that somebody removes, while a bottle is made, runs and ends. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { need } from "../support/require.ts";
import { list, startAlone, stop } from "./support/bottles.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { endlessRun, shortRun } from "./support/scripts.ts";
import { lacksMount, openSmallDisk } from "./support/small-disk.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** Every line of the audit log is in its seal. */
async function isSealed(scene: FaultScene): Promise<boolean> {
  const seals = join(scene.stateHome, "claude-bottle-keys", "seals");
  const seal = await readFile(join(seals, `${(await scene.id()) ?? ""}.json`), "utf8").catch(
    () => "{}",
  );
  const lines = (await scene.record("audit.jsonl")).split("\n").length - 1;
  return lines > 0 && (JSON.parse(seal) as { count?: number }).count === lines;
}

/** Also while a bottle writes there. */
function removeAll(folder: string): Promise<void> {
  return rm(folder, { recursive: true, maxRetries: 50, retryDelay: 10 });
}

const unwritable = /^E_(RECORD_WRITE|RECORD_AUDIT|WORKSPACE_COPY)$/;

const launchSteps = [
  "ordered",
  "held",
  "record",
  "directories",
  "gateway",
  "proof",
  "ready",
] as const;

describe("the disk of the records is full: the start ends and says so, and the next one works", () => {
  test.concurrent.for(launchSteps)("at %s", async (step, context) => {
    need(context, lacksMount());
    await using scene = await openFaultScene(world);
    using disk = openSmallDisk(scene);
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    scene.look();
    disk.fill();
    await scene.goOn();
    isTold(await cli.ended, unwritable);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, false);
    disk.makeRoom();
    for (const { id } of await list(scene))
      expect(await scene.run(["rm", "--discard-work", id])).toMatchObject({ code: 0 });
    expect(await scene.start(shortRun(scene, world)).ended).toMatchObject({ code: 7 });
    await workIsThere(scene, true);
    killPoint(context.task);
  });
});

describe("the disk of the records gets full while the agent works: the run is stopped, and nothing is lost", () => {
  test.concurrent.for([
    [
      "that talks",
      (mark: string) => `while :; do echo ${"a line of it ".repeat(20)}${mark}; sleep 0.05; done`,
    ],
    ["that fills it itself", () => "cat /dev/zero > big; while :; do echo talk; sleep 0.01; done"],
  ] as const)("of an agent %s", async ([name, script], context) => {
    need(context, lacksMount());
    await using scene = await openFaultScene(world);
    using disk = openSmallDisk(scene);
    const cli = scene.start(`echo work-${scene.mark} > work.txt; ${script(scene.mark)}`);
    await until("it works", async () => (await scene.record("workspace/work.txt")) !== "");
    scene.look();
    if (name !== "that fills it itself") disk.fill();
    isTold(await cli.ended, unwritable);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    disk.makeRoom();
    const workspace = join(scene.stateHome, "claude-bottle", (await scene.id()) ?? "", "workspace");
    await rm(join(workspace, "big"), { force: true });
    await workIsThere(scene, true);
    killPoint(context.task);
  });

  test.concurrent("of an agent that asks: no request is answered without its line", async (context) => {
    need(context, lacksMount());
    await using scene = await openFaultScene(world);
    using disk = openSmallDisk(scene);
    const cli = scene.start(endlessRun(scene, world));
    await until("it asks", () => Promise.resolve(world.asked(scene.mark) > 3));
    scene.look();
    disk.fill();
    isTold(await cli.ended, /^E_RECORD_AUDIT$/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    disk.makeRoom();
    const id = (await scene.id()) ?? "";
    const { stdout } = await scene.run(["audit", id, "--verify", "--format", "json"]);
    const { lines, problems } = JSON.parse(stdout) as {
      lines: number;
      problems: { what: string }[];
    };
    // Each request that came back stands in the log; at most the very last line is torn, and told.
    expect(lines).toBeGreaterThanOrEqual(world.asked(scene.mark));
    expect(problems.filter(({ what }) => !what.includes("torn"))).toEqual([]);
    killPoint(context.task);
  });

  test.concurrent("and ends by itself: its exit code counts, and the record's want is told", async (context) => {
    need(context, lacksMount());
    await using scene = await openFaultScene(world);
    using disk = openSmallDisk(scene);
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("undo run directory"));
    await scene.paused();
    scene.look();
    disk.fill();
    await scene.goOn();
    const { code, stderr } = await cli.ended;
    expect(code).toBe(7);
    isTold({ code: 125, stdout: "", stderr }, /^E_RECORD_WRITE$/);
    await nothingIsLeft(scene);
    disk.makeRoom();
    expect(await list(scene)).toMatchObject([{ state: "lost" }]);
    await workIsThere(scene, true);
    killPoint(context.task);
  });
});

describe("a folder is removed under a running bottle", () => {
  test.concurrent.for([
    ["all state", (id: string) => `../${id}/..`, /^E_RECORD_(AUDIT|WRITE)$/],
    ["the record", (id: string) => id, /^E_RECORD_(AUDIT|WRITE)$/],
    ["all state of all bottles and their keys", () => "..", /^E_RECORD_(AUDIT|WRITE)$/],
  ] as const)("%s: the run is stopped", async ([, path, code], { task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(endlessRun(scene, world));
    await until("it asks", () => Promise.resolve(world.asked(scene.mark) > 1));
    scene.look();
    const id = (await scene.id()) ?? "";
    await removeAll(join(scene.stateHome, "claude-bottle", path(id)));
    isTold(await cli.ended, code);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    killPoint(task);
  });

  test.concurrent("the record of a silent agent: its exit code counts, and the loss is told", async ({
    task,
  }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(
      `echo work-${scene.mark} > work.txt; read line < /dev/null; sleep 1; exit 7`,
    );
    await until("it works", async () => (await scene.record("workspace/work.txt")) !== "");
    await until("it is noted", async () => (await stateOf(scene))["state"] === "running");
    // Nothing is to be written any more before the end.
    await until("the probes' lines are sealed", () => isSealed(scene));
    scene.look();
    await removeAll(join(scene.stateHome, "claude-bottle"));
    const { code, stderr } = await cli.ended;
    expect(code).toBe(7);
    isTold({ code: 125, stdout: "", stderr }, /^E_RECORD_WRITE$/);
    await nothingIsLeft(scene);
    killPoint(task);
  });

  test.concurrent("that of its sockets: nothing gets out, and it can be seen and stopped", async ({
    task,
  }) => {
    await using scene = await openFaultScene(world);
    const id = await startAlone(scene, endlessRun(scene, world));
    await rm(join(scene.runHome, id), { recursive: true });
    expect(await list(scene)).toMatchObject([{ id, state: "running" }]);
    isTold(await scene.run(["attach", id]), /^E_SUPERVISOR_SILENT$/);
    // A curl that was under way may still be answered.
    await until("the last answer was given", async () => {
      const before = world.asked(scene.mark);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return world.asked(scene.mark) === before;
    });
    await stop(scene, id);
    expect(await stateOf(scene)).toMatchObject({ state: "exited" });
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, true);
    killPoint(task);
  });

  test.concurrent("that of all sockets, at the start: the start says so", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("held"));
    await scene.paused();
    scene.look();
    await rm(scene.runHome, { recursive: true });
    await scene.goOn();
    isTold(await cli.ended, /^E_RUN_DIRECTORY$/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, false);
    killPoint(task);
  });
});
