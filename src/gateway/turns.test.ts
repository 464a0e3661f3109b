import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("one piece of work is done in a turn of the event loop, the first at once, in the order they came", async () => {
  const turns = createTurns();
  const done: string[] = [];
  const look = (): void => {
    done.push("turn");
    if (done.length < 7) setImmediate(look);
  };
  for (const name of ["a", "b", "c"]) turns.take(() => done.push(name));
  expect(done).toEqual(["a"]);
  setImmediate(look);
  while (done.length < 7) await new Promise(setImmediate);
  expect(done.slice(0, 5)).toEqual(["a", "b", "turn", "c", "turn"]);
  // Rested: at once again.
  turns.take(() => done.push("d"));
  expect(done.at(-1)).toBe("d");
});
