/** `npm run fuzz -- [target] [seconds]`: mutates seeds for as long as it is told, and keeps what breaks a statement. */
import { join } from "node:path";
import { mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import { keepSeed, readSeeds } from "./seeds.ts";
import type { FuzzTarget } from "./target.ts";
import { targets } from "./targets/index.ts";

const corpusSize = 2000;

async function fuzz(
  folder: string,
  target: FuzzTarget,
  seconds: number,
  seed: number,
): Promise<boolean> {
  const random = createRandom(seed);
  const corpus = [...(await readSeeds(folder, target))];
  const until = Date.now() + seconds * 1000;
  let runs = 0;
  while (Date.now() < until) {
    for (let turn = 0; turn < 1000; turn += 1) {
      const input = mutate(corpus, target.words, random);
      runs += 1;
      try {
        target.run(input);
      } catch (error) {
        const kept = await keepSeed(folder, target, input);
        process.stderr.write(
          `${target.name}: ${String(error)}\n${JSON.stringify(input.toString("latin1"))}\nkept as ${kept}\n`,
        );
        return false;
      }
      // Without a measure of what is new, some of everything stays: mutations grow on mutations.
      if (random.below(50) === 0) {
        if (corpus.length < corpusSize) corpus.push(input);
        else corpus[random.below(corpusSize)] = input;
      }
    }
  }
  process.stdout.write(
    `${target.name}: ${runs} inputs in ${seconds} s, seed ${seed}, nothing found\n`,
  );
  return true;
}

const [folder = "", name = "all", seconds = "60", seed = String(Date.now() % 1_000_000)] =
  process.argv.slice(2);
const chosen = targets.filter((target) => name === "all" || target.name === name);
if (chosen.length === 0) {
  process.stderr.write(
    `No target ${name}; there are: ${targets.map((target) => target.name).join(", ")}.\n`,
  );
  process.exitCode = 2;
}
for (const target of chosen)
  if (!(await fuzz(join(folder), target, Number(seconds), Number(seed)))) process.exitCode = 1;
