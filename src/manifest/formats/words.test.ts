import { expect, it } from "vitest";
import { splitWords } from "./words.ts";

it("splits at spaces, and quotes group", () => {
  expect(splitWords("pass show  a")).toEqual(["pass", "show", "a"]);
  expect(splitWords(`op read "my vault/item" ''`)).toEqual(["op", "read", "my vault/item", ""]);
  expect(splitWords(`a'b c'"d e"`)).toEqual(["ab cd e"]);
  expect(splitWords("")).toEqual([]);
});

it("hands what a shell would obey through as it is", () => {
  expect(splitWords("echo $(id) `id` ; a|b > c $HOME *")).toEqual([
    "echo",
    "$(id)",
    "`id`",
    ";",
    "a|b",
    ">",
    "c",
    "$HOME",
    "*",
  ]);
});

it("refuses what it would have to guess", () => {
  expect(splitWords("a 'b")).toBeUndefined();
  expect(splitWords("a\\ b")).toBeUndefined();
  expect(splitWords('"a\\"b"')).toBeUndefined();
});
