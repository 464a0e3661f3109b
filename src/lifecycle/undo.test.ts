import { expect, test } from "vitest";
import { Undo } from "./undo.ts";

test("what was done is taken back last step first, once, and past a step that fails", async () => {
  const done: string[] = [];
  const failed: string[] = [];
  const undo = new Undo((what) => failed.push(what));
  undo.add("first", () => void done.push("first"));
  undo.add("broken", () => {
    throw new Error("no");
  });
  undo.add("last", () => void done.push("last"));
  await undo[Symbol.asyncDispose]();
  await undo[Symbol.asyncDispose]();
  expect(done).toEqual(["last", "first"]);
  expect(failed).toEqual(["broken"]);
});

test("a step that ends after everything was taken back is taken back at once", async () => {
  const done: string[] = [];
  const undo = new Undo((what) => done.push(`failed ${what}`));
  await undo[Symbol.asyncDispose]();
  undo.add("late", () => void done.push("late"));
  undo.add("late and broken", () => {
    throw new Error("no");
  });
  await expect.poll(() => done).toEqual(["late", "failed late and broken"]);
});
