/** Every kept input, and some thousands made of them, hold what each target states; `npm run fuzz` goes on from there. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import { readSeeds } from "./seeds.ts";
import { targets } from "./targets/index.ts";

const folder = join(import.meta.dirname, "seeds");

it("each target has seeds, and each folder of seeds a target", async () => {
  const names = targets.map(({ name }) => name);
  expect((await readdir(folder)).toSorted()).toEqual(names.toSorted());
});

describe.each(targets)("$name", (target) => {
  it("holds for every seed", async () => {
    const seeds = await readSeeds(folder, target);
    expect(seeds.length).toBeGreaterThan(1);
    for (const seed of seeds) target.run(seed);
  });

  it("holds for what is made of them", async () => {
    const seeds = await readSeeds(folder, target);
    const random = createRandom(4);
    for (let turn = 0; turn < 3000; turn += 1) {
      const input = mutate(seeds, target.words, random);
      try {
        target.run(input);
      } catch (error) {
        throw new Error(`${String(error)} for ${JSON.stringify(input.toString("latin1"))}`, {
          cause: error,
        });
      }
    }
  });
});
