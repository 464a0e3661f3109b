/** `apply`, killed on the way with every git it started: the owner's repository is as it was, and the next one works. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nothingIsLeft } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { git, halfWritten, makeRepository, standing } from "./support/repository.ts";
import { openFaultScene } from "./support/scene.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

/** Milliseconds after its first trace; a calm machine takes 100 for all of it. */
const moments = [0, 20, 50, 80, 110, 150];

describe("apply is killed", () => {
  test.concurrent.for(moments)("%i ms after it began to work", async (ms, { task }) => {
    await using scene = await openFaultScene(world);
    makeRepository(scene);
    const script = `echo work-${scene.mark} > work.txt; seq 2000 | split -l 1 - many-`;
    expect(await scene.start(script).ended).toMatchObject({ code: 0 });
    const id = (await scene.id()) ?? "";
    const before = standing(scene);
    const applying = scene.spawn(["apply", id]);
    const folder = join(scene.stateHome, "claude-bottle", id);
    await until(
      "it works",
      async () => (await readdir(folder)).some((name) => name.startsWith("apply-")),
      40,
      1,
    );
    await sleep(ms);
    scene.killAll();
    const { code } = await applying.ended;
    await nothingIsLeft(scene);
    expect(halfWritten(scene)).toEqual([]);
    const branch = `bottle/${id}`;
    if (code === null) {
      // Its branch is there as a whole, or not at all.
      const made = git(scene, "branch", "--list", branch) !== "";
      if (made) git(scene, "branch", "-D", branch);
      expect(standing(scene)).toBe(before);
      expect(await scene.run(["apply", id])).toMatchObject({ code: 0 });
    }
    expect(git(scene, "show", `${branch}:work.txt`)).toBe(`work-${scene.mark}\n`);
    killPoint(task);
  });
});
