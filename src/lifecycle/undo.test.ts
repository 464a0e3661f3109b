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
