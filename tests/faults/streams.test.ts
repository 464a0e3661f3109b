/** Commands whose terminal, reader or time is taken from them; supervisors that are stopped in their tracks. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliProgram } from "../e2e/support/cli.ts";
import { openTmux, quote } from "../e2e/support/tmux.ts";
import { lacksProgram, need } from "../support/require.ts";
import { list, startAlone, stop } from "./support/bottles.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene, RunningCommand } from "./support/scene.ts";
import { endlessRun } from "./support/scripts.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

async function allHolds(scene: FaultScene): Promise<void> {
  await nothingIsLeft(scene);
  await nothingGoesOut(scene, world);
  await workIsThere(scene, true);
}

/** An agent that never stops talking. */
function chatter(scene: FaultScene): string {
  return `echo work-${scene.mark} > work.txt; while :; do echo a line; sleep 0.05; done`;
}

/** One that fills every pipe. */
function flood(scene: FaultScene): string {
  return `echo work-${scene.mark} > work.txt; while :; do head -c 1000000 /dev/zero; done`;
}

async function talks(command: RunningCommand): Promise<void> {
  await until("it talks", () => Promise.resolve(command.stdout() !== ""));
}

describe("a reader goes away", () => {
  test.concurrent("of a run: it is asked to end", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(chatter(scene));
    await talks(cli);
    scene.look();
    cli.process.stdout?.destroy();
    const { code, stderr } = await cli.ended;
    expect(code).toBe(143);
    expect(stderr).toContain("ended with 143");
    expect(await stateOf(scene)).toMatchObject({ state: "exited" });
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent("of a run, of its errors as well: it is asked to end", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(chatter(scene));
    await talks(cli);
    scene.look();
    cli.process.stdout?.destroy();
    cli.process.stderr?.destroy();
    expect(await cli.ended).toMatchObject({ code: 143 });
    expect(await stateOf(scene)).toMatchObject({ state: "exited" });
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent.for(["ps", "logs"] as const)(
    "of %s: it ends, and the bottle does not",
    async (name, { task }) => {
      await using scene = await openFaultScene(world);
      const id = await startAlone(scene, chatter(scene));
      const args = name === "ps" ? ["ps", "--watch"] : ["logs", "--follow", id];
      const watching = scene.spawn(args);
      await talks(watching);
      watching.process.stdout?.destroy();
      const { code, stderr } = await watching.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(await list(scene)).toMatchObject([{ id, state: "running" }]);
      await stop(scene, id);
      await allHolds(scene);
      killPoint(task);
    },
  );
});

describe("a terminal goes away", () => {
  test.concurrent("SIGHUP: the command leaves, and the bottle lives on", async ({ task }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(chatter(scene));
    await talks(cli);
    cli.process.kill("SIGHUP");
    const left = await cli.ended;
    const id = (await scene.id()) ?? "";
    expect(left.code).toBe(0);
    expect(left.stderr).toContain(`bottle attach ${id}`);
    expect(await list(scene)).toMatchObject([{ id, state: "running", attached: 0 }]);
    await stop(scene, id);
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent("its window is closed: the bottle lives on", async (context) => {
    need(context, lacksProgram("tmux"));
    await using scene = await openFaultScene(world);
    const where = ["--manifest", `${scene.folder}/bottles.yaml`, "--workspace", scene.workspace];
    const argv = [process.execPath, cliProgram, "start", ...where, "--yes"];
    const name = `faults-${scene.mark}`;
    {
      await using terminal = await openTmux(
        name,
        `env ${Object.entries(scene.env)
          .map(([key, value]) => quote(`${key}=${value ?? ""}`))
          .join(" ")} ${argv.map(quote).join(" ")}`,
        { PATH: process.env["PATH"], LANG: "C.UTF-8", TERM: "xterm-256color" },
        scene.workspace,
      );
      await until("there is a prompt", async () => (await terminal.screen()).includes("$"));
      await terminal.type(`echo work-${scene.mark} > work.txt; cat`);
      await terminal.key("Enter");
      await until("it works", async () => (await scene.record("workspace/work.txt")) !== "");
      scene.look();
      execFileSync("tmux", ["-L", name, "kill-pane", "-t", "main"]);
    }
    await until("nobody is attached", async () => (await list(scene))[0]?.attached === 0);
    const id = (await scene.id()) ?? "";
    expect(await list(scene)).toMatchObject([{ id, state: "running" }]);
    await stop(scene, id);
    await allHolds(scene);
    killPoint(context.task);
  });
});

describe("a process is suspended", () => {
  test.concurrent("the command: its agent waits, and others can look and stop", async ({
    task,
  }) => {
    await using scene = await openFaultScene(world);
    const cli = scene.start(flood(scene));
    await talks(cli);
    scene.look();
    cli.process.kill("SIGSTOP");
    const id = (await scene.id()) ?? "";
    await until("it is full", async () => (await scene.record("workspace/work.txt")) !== "");
    expect(await list(scene)).toMatchObject([{ id, state: "running" }]);
    await stop(scene, id);
    // The supervisor does not wait for a client that reads nothing.
    await until("the command alone is left", () =>
      Promise.resolve(scene.look().every(({ pid }) => pid === cli.process.pid)),
    );
    cli.process.kill("SIGKILL");
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent("the supervisor: ps answers, attach says so, stop wakes and ends it", async ({
    task,
  }) => {
    await using scene = await openFaultScene(world);
    const id = await startAlone(scene, endlessRun(scene, world));
    await scene.hit("supervisor", "SIGSTOP");
    expect(await list(scene)).toMatchObject([{ id, state: "running" }]);
    isTold(await scene.run(["attach", id]), /^E_SUPERVISOR_SILENT$/);
    await stop(scene, id);
    expect(await stateOf(scene)).toMatchObject({ state: "exited" });
    await allHolds(scene);
    killPoint(task);
  });

  test.concurrent.for(["helper", "bottle", "agent"] as const)(
    "the %s: stop ends it",
    async (who, { task }) => {
      await using scene = await openFaultScene(world);
      const id = await startAlone(scene, endlessRun(scene, world));
      await scene.hit(who, "SIGSTOP");
      expect(await list(scene)).toMatchObject([{ id, state: "running" }]);
      await stop(scene, id);
      expect(await stateOf(scene)).toMatchObject({ state: "exited" });
      await allHolds(scene);
      killPoint(task);
    },
  );
});
