import fc from "fast-check";
import { expect, it } from "vitest";
import { BottleError, BottleErrors } from "../errors/error.ts";
import { checkManifest } from "./check-manifest.ts";

function onlyOurErrors(text: string): void {
  try {
    checkManifest("m.yaml", text);
  } catch (error) {
    expect(error instanceof BottleErrors).toBe(true);
    if (!(error instanceof BottleErrors)) return;
    for (const one of error.errors) {
      expect(one).toBeInstanceOf(BottleError);
      expect(one.code).not.toBe("E_INTERNAL");
      expect(one.place?.line).toBeGreaterThanOrEqual(1);
      expect(one.place?.column).toBeGreaterThanOrEqual(1);
      expect(`${one.message}${one.why}${one.next}`).toMatch(/^[^\p{Cc}\u202a-\u202e]*$/u);
    }
  }
}

const words = fc.constantFrom(
  ..."version bottles agents dev rung minimumRung place image workspace resources env egress allow deny credentials preset anthropic secret url host header methods paths ports scheme bottle provider prompt namespace auto 1 4GiB env:X file:~/x command:a *.com a.example [ ] { } : , - & * ! % @ | > ' \" # ? << &a *a !!str ~ null true .inf 0x1f \u202e \u001b sk-ant-api03-abcdefgh".split(
    " ",
  ),
  "\n",
  "\n  ",
  "\n    ",
  "\n    - ",
  ": ",
  ", ",
  "\t",
  "\r\n",
  "---\n",
  "...\n",
  "\ufeff",
);

it("words of manifests in any order give a manifest or our errors", () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => onlyOurErrors(parts.join(""))),
    { numRuns: 3000 },
  );
});

it("any text gives a manifest or our errors", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), onlyOurErrors), {
    numRuns: 1500,
  });
});

it("any JSON under any known key gives a manifest or our errors", () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      words,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("node"), { maxLength: 4 }),
      fc.dictionary(words, tie("node"), { maxKeys: 5 }),
    ),
  })).node;
  fc.assert(
    fc.property(value, value, (bottle, agents) =>
      onlyOurErrors(JSON.stringify({ version: 1, bottles: { dev: bottle }, agents })),
    ),
    { numRuns: 2000 },
  );
});

it("text nested beyond any stack gives our errors", () => {
  for (const open of ["[", "{a: ", "- ", "? ", "&a [", "!!map {", '{"a":'])
    onlyOurErrors(open.repeat(20_000));
});
