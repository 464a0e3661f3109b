/** JSON that is accepted is what the engine's parser makes of it, with no key twice, however it is escaped. */
import { readJson } from "../../../src/credentials/presets/json.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

/** Pairs of key and value in the text, counted without a parser, which would keep one of two alike. */
function pairsIn(text: string): number {
  // Strings are gone, and with them every colon that is none.
  return (text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, "S").match(/:/g) ?? []).length;
}

function pairsOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + pairsOf(one), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, one) => sum + 1 + pairsOf(one), 0);
}

export const jsonTarget: FuzzTarget = {
  name: "json",
  words: [
    '{"a":1}',
    '"\\u0061":2',
    "\\",
    '"',
    "[[[[",
    '"__proto__":{}',
    "\xef\xbb\xbf",
    "\xff",
    "1e999",
    ",",
    "//",
    "null",
  ],
  run(input) {
    const read = readJson(input);
    if (!read.ok) return;
    const text = input.toString("utf8");
    hold(Buffer.from(text, "utf8").equals(input), "it is not UTF-8");
    hold(JSON.stringify(JSON.parse(text)) === JSON.stringify(read.value), "it reads otherwise");
    hold(pairsIn(text) === pairsOf(read.value), "a key is there twice");
  },
};
