/** Many at once: starts that do not collide, bottles that live side by side, and one command that ends them all. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { list } from "./support/bottles.ts";
import { nothingGoesOut, nothingIsLeft, workIsThere } from "./support/checks.ts";
import { git, makeRepository } from "./support/repository.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { shortRun } from "./support/scripts.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

function workIn(scene: FaultScene, id: string): Promise<string> {
  return readFile(join(scene.stateHome, "claude-bottle", id, "workspace", "work.txt"), "utf8");
}

describe("parallel starts", () => {
  test("twenty at once, in one folder, never collide", { timeout: 180_000 }, async () => {
    await using scene = await openFaultScene(world);
    const starts = Array.from({ length: 20 }, (_, index) =>
      scene.start(
        `echo ${index} > work.txt; ${shortRun(scene, world).split("; ").slice(1).join("; ")}`,
      ),
    );
    const ends = await Promise.all(starts.map(({ ended }) => ended));
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 7));
    const all = await list(scene);
    const ids = new Set(all.map(({ id }) => id));
    expect(ids.size).toBe(20);
    expect(all.map(({ state }) => state)).toEqual(all.map(() => "exited"));
    const works = await Promise.all([...ids].map((id) => workIn(scene, id)));
    expect(works.map(Number).toSorted((a, b) => a - b)).toEqual(starts.map((_, index) => index));
    expect(world.asked(scene.mark)).toBe(20);
    for (const id of [...ids].slice(0, 5))
      expect(await scene.run(["audit", id, "--verify"])).toMatchObject({ code: 0 });
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, false);
  });

  test(
    "twelve of one command live together, are all seen, and end by one word",
    { timeout: 180_000 },
    async () => {
      await using scene = await openFaultScene(world);
      const script = `echo work-${scene.mark} > work.txt; exec sleep 600`;
      const started = await scene.start(script, ["--headless", "--detach", "--count", "12"]).ended;
      expect(started).toMatchObject({ code: 0 });
      const ids = started.stdout.trim().split("\n");
      expect(new Set(ids).size).toBe(12);
      scene.look();
      const alive = await list(scene);
      expect(alive.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(alive.map(({ state }) => state)).toEqual(alive.map(() => "running"));
      const stopped = await scene.run(["stop", "--all"]);
      expect(stopped).toMatchObject({ code: 0 });
      expect(stopped.stdout.split("\n").filter((line) => line.endsWith(": stopped")).length).toBe(
        12,
      );
      expect((await list(scene)).map(({ state }) => state)).toEqual(ids.map(() => "exited"));
      for (const id of ids) expect(await workIn(scene, id)).toBe(`work-${scene.mark}\n`);
      await nothingIsLeft(scene);
      await nothingGoesOut(scene, world);
      await workIsThere(scene, false);
    },
  );
});

test("two bottles of one repository come back as two branches", async () => {
  await using scene = await openFaultScene(world);
  makeRepository(scene);
  const started = await scene.start(
    `hostname > work.txt; echo "$PPID $$ $(cat /proc/sys/kernel/random/uuid)" > mine.txt`,
    ["--headless", "--detach", "--count", "2"],
  ).ended;
  const ids = started.stdout.trim().split("\n");
  expect(ids.length).toBe(2);
  await nothingIsLeft(scene);
  const applied = await Promise.all(ids.map((id) => scene.run(["apply", id])));
  expect(applied.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(["0 ", "0 "]);
  const branches = git(scene, "branch", "--list", "bottle/*", "--format=%(refname:short)");
  expect(branches.trim().split("\n").toSorted()).toEqual(
    ids.map((id) => `bottle/${id}`).toSorted(),
  );
  const [one, other] = ids.map((id) => git(scene, "show", `bottle/${id}:mine.txt`));
  expect(one).not.toBe(other);
  await nothingIsLeft(scene);
});
