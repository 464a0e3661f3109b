import { describe, expect, it } from "vitest";
import { flagValue, typedWords } from "./words.ts";

describe("the words of an unfinished line", () => {
  it.each<[string, readonly string[], readonly string[], string]>([
    ["none yet", [], [""], ""],
    ["a command", ["st"], ["st"], ""],
    ["a flag's value of its own", ["ps", "--format", "j"], ["ps", "--format", "j"], ""],
    ["a flag with its value", ["ps", "--format=j"], ["ps", "--format", "j"], "--format="],
    ["the same, cut by bash", ["ps", "--format", "=", "j"], ["ps", "--format", "j"], ""],
    ["the same, before its value", ["ps", "--format", "="], ["ps", "--format", ""], ""],
    ["an equals sign of its own", ["start", "=", "x"], ["start", "=", "x"], ""],
    [
      "an earlier flag, cut by bash",
      ["start", "--manifest", "=", "m.yaml", ""],
      ["start", "--manifest=m.yaml", ""],
      "",
    ],
  ])("%s", (_name, raw, words, prefix) => {
    expect(typedWords(raw)).toEqual({ words, prefix });
  });

  it("are the agent's behind --", () => {
    expect(typedWords(["start", "--", "st"])).toBeUndefined();
    expect(typedWords(["start", "--"])).toEqual({ words: ["start", "--"], prefix: "" });
  });
});

it("a flag's value is found in either spelling", () => {
  expect(flagValue(["start", "--manifest", "a"], "--manifest")).toBe("a");
  expect(flagValue(["start", "--manifest=a=b"], "--manifest")).toBe("a=b");
  expect(flagValue(["start", "--manifest"], "--manifest")).toBeUndefined();
  expect(flagValue(["start"], "--manifest")).toBeUndefined();
});
