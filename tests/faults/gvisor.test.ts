/** Faults of the rung gvisor that the rung runc does not have: of the kernel and the file server that a bottle runs on. */
import { readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withGvisor } from "../support/gvisor/suite.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { endlessRun, shortRun, workOf } from "./support/scripts.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

const daemon = withGvisor();
const patient = { timeout: 120_000 };

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

type Part = "runsc-sandbox" | "runsc-gofer";

async function containerOf({ mark }: FaultScene): Promise<string | undefined> {
  const query = { all: "1" };
  const found = (await daemon().engine.call("GET", "/containers/json", {
    query,
  })) as readonly { readonly Id: string; readonly Names: readonly string[] }[];
  return found.find(({ Names: [name = ""] }) => name.startsWith(`/claude-bottle-${mark}`))?.Id;
}

/** The kernel or the file server of a container: both have its id in their arguments. */
function partsOf(part: Part, container: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "latin1");
        return command.startsWith(part) && command.includes(container);
      } catch {
        return false;
      }
    });
}

async function nothingOfGvisor(scene: FaultScene, container: string): Promise<void> {
  await until("no container is left", async () => (await containerOf(scene)) === undefined);
  const parts = ["runsc-sandbox", "runsc-gofer"] as const;
  await until("neither kernel nor file server is left", () =>
    Promise.resolve(parts.every((part) => partsOf(part, container).length === 0)),
  );
  await nothingIsLeft(scene);
  await nothingGoesOut(scene, world);
}

describe.each(["runsc-sandbox", "runsc-gofer"] as const)("%s is killed", (part) => {
  test("while the agent works: it is told, and the work is kept", patient, async ({ task }) => {
    await using scene = await openFaultScene(world, { rung: "gvisor" });
    const cli = scene.start(endlessRun(scene, world));
    await until(
      "it works",
      async () => (await scene.record("workspace/work.txt")) === workOf(scene),
    );
    const container = (await containerOf(scene)) ?? "";
    const [pid = 0] = partsOf(part, container);
    expect(pid).toBeGreaterThan(1);
    process.kill(pid, "SIGKILL");
    isTold(await cli.ended, /^E_HELPER$/);
    await nothingOfGvisor(scene, container);
    await workIsThere(scene, true);
    killPoint(task);
  });
});

describe("the supervisor is killed: kernel and file server go with it", () => {
  test.for(["launched", "running"] as const)("at %s", patient, async (step, { task }) => {
    await using scene = await openFaultScene(world, { rung: "gvisor" });
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    const container = (await containerOf(scene)) ?? "";
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await nothingOfGvisor(scene, container);
    await workIsThere(scene, step === "running", false);
    killPoint(task);
  });
});

test(
  "more processes than it may have end the bottle, and nothing else",
  patient,
  async ({ task }) => {
    const resources = { pids: 64, memory: "512MiB" };
    await using scene = await openFaultScene(world, { rung: "gvisor", resources });
    const bomb =
      "import os, time\nwhile True:\n  try: os.fork()\n  except OSError: time.sleep(0.01)";
    const cli = scene.start(`echo work-${scene.mark} > work.txt; python3 -c '${bomb}'`);
    await until("it works", async () => (await stateOf(scene))["state"] === "running");
    const container = (await containerOf(scene)) ?? "";
    const ended = await Promise.race([
      cli.ended,
      new Promise<undefined>((resolve) => setTimeout(resolve, 20_000, undefined)),
    ]);
    // It lives on under its limits, or dies of them; either way whoever stops it is obeyed.
    if (ended === undefined) await scene.hit("supervisor", "SIGTERM");
    await cli.ended;
    await nothingOfGvisor(scene, container);
    await workIsThere(scene, true);
    killPoint(task);
  },
);
