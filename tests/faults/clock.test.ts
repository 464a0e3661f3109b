/** A wall clock that is wrong, or that jumps while a bottle runs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBottle } from "../../src/compose/sdk/start.ts";
import { list, startAlone } from "./support/bottles.ts";
import { nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { openClock } from "./support/clock.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { endlessRun, shortRun } from "./support/scripts.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** Control groups are the machine's: another test's may be among what was removed. */
function removedOf({ mark }: FaultScene, stdout: string): readonly { readonly id: string }[] {
  const { removed } = JSON.parse(stdout) as {
    readonly removed: readonly { readonly id: string }[];
  };
  return removed.filter(({ id }) => id.startsWith(mark));
}

const year = 365 * 86_400_000;
const ways = [
  ["ahead", year],
  ["behind", -year],
] as const;

describe("the command's clock is a year", () => {
  test.concurrent.for(ways)(
    "%s: it takes no living bottle for a left one",
    async ([, shift], { task }) => {
      await using scene = await openFaultScene(world);
      const { env } = await openClock(scene, shift);
      const id = await startAlone(scene, endlessRun(scene, world));
      const cleaned = await scene.run(["cleanup", "--format", "json"], env);
      expect(removedOf(scene, cleaned.stdout)).toEqual([]);
      const shown = await scene.run(["ps"], env);
      expect(shown.stdout).toContain("running");
      expect(shown.stdout).not.toMatch(/ -\d/);
      const asked = world.asked(scene.mark);
      await until("it goes on", () => Promise.resolve(world.asked(scene.mark) > asked + 2));
      expect(await scene.run(["stop", id], env)).toMatchObject({ code: 0 });
      await nothingIsLeft(scene);
      const again = ["resume", id, "--yes", "--headless", "--prompt", "exit 3"];
      expect(await scene.run(again, env)).toMatchObject({ code: 3 });
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      await workIsThere(scene, true);
      killPoint(task);
    },
  );

  test.concurrent.for(ways)("%s: nor one that is being made", async ([, shift], { task }) => {
    await using scene = await openFaultScene(world);
    const { env } = await openClock(scene, shift);
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("record"));
    await scene.paused();
    const cleaned = await scene.run(["cleanup", "--format", "json"], env);
    expect(removedOf(scene, cleaned.stdout)).toEqual([]);
    await scene.goOn();
    expect(await cli.ended).toMatchObject({ code: 7 });
    await nothingIsLeft(scene);
    await workIsThere(scene, true);
    killPoint(task);
  });
});

describe("the clock jumps a year while the agent works,", () => {
  test.concurrent.for(ways)(
    "%s: it goes on asking, and ends as any other",
    async ([, shift], { task }) => {
      await using scene = await openFaultScene(world);
      const clock = await openClock(scene);
      const started = await startBottle(
        {
          manifest: `${scene.folder}/bottles.yaml`,
          workspace: scene.workspace,
          prompt: endlessRun(scene, world),
        },
        {
          env: scene.env,
          cwd: scene.workspace,
          uid: process.getuid?.() ?? -1,
          dist: clock.dist,
          startedAt: Date.now(),
        },
      );
      await until("it asks", () => Promise.resolve(world.asked(scene.mark) > 1));
      scene.look();
      await clock.jump(shift);
      const asked = world.asked(scene.mark);
      await until("it goes on", () => Promise.resolve(world.asked(scene.mark) > asked + 3));
      expect(await list(scene)).toMatchObject([{ id: started.id, state: "running" }]);
      await started.stop();
      await started.ended;
      await nothingIsLeft(scene);
      expect(await stateOf(scene)).toMatchObject({ state: "exited" });
      expect(await scene.run(["logs", started.id, "--replay"])).toMatchObject({ code: 0 });
      await nothingGoesOut(scene, world);
      await workIsThere(scene, true);
      killPoint(task);
    },
  );
});
