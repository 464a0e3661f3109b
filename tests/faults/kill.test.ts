import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTold, nothingGoesOut, nothingIsLeft, workIsThere } from "./support/checks.ts";
import { openFaultScene } from "./support/scene.ts";
import { shortRun } from "./support/scripts.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const steps = [
  "ordered", "claimed", "record", "directories", "launched", "gateway", "workspace", "transcript", "helper", "proof", "ready", "agent", "running", "exit", "stopped",
  "undo transcript", "undo bottle", "undo canaries", "undo gateway", "undo run directory", "closing", "receipt", "closed",
];
describe("supervisor", () => {
  test.concurrent.each(steps)("killed at %s", async (step) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(shortRun(scene, world), ["--headless"], scene.pauseAt(step));
    await scene.paused();
    const seen = scene.look();
    if (step === "running") console.log(seen.map(s => `${s.pid} ${s.parent} ${s.command.join(" ").slice(0,150)} ${s.namespaces.length}`).join("\n"));
    const worked = steps.indexOf(step) > steps.indexOf("running");
    await scene.hit("supervisor", "SIGKILL");
    const end = await cli.ended;
    if (step !== "closed") isTold(end, /E_SUPERVISOR_GONE/);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, worked);
    expect(1).toBe(1);
  });
});
