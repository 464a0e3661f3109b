import { expect, it } from "vitest";
import { onCore, readList } from "./cores.ts";

it("reads the kernel's lists of cores", () => {
  expect(readList("0-1")).toEqual([0, 1]);
  expect(readList("3,5-7,12")).toEqual([3, 5, 6, 7, 12]);
  expect(readList("")).toEqual([]);
});

it("puts a command on a core, or leaves it as it is", () => {
  expect(onCore(1, ["nginx", "-t"])).toEqual(["taskset", "-c", "1", "nginx", "-t"]);
  expect(onCore(undefined, ["nginx", "-t"])).toEqual(["nginx", "-t"]);
});
