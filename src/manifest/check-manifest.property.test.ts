import fc from "fast-check";
import { expect, it } from "vitest";
import { BottleError, BottleErrors } from "../errors/error.ts";
import { checkManifest, checkTree } from "./check-manifest.ts";
import { parseTree } from "./parse.ts";
import { projectRules } from "./project/rules.ts";
import { checkV1 } from "./v1/check.ts";
import { isV1 } from "./v1/detect.ts";

function onlyOurErrors(text: string): void {
  expectOurs(() => checkManifest("m.yaml", text));
}

/** The same text in the old form, and as a project's: what strangers write is read by both. */
function onlyOurErrorsElsewhere(text: string): void {
  const old = parseTree("claude-bottle.json", text);
  if (isV1("claude-bottle.json", old.tree))
    expectOurs(() => checkV1("claude-bottle.json", old, {}));
  const project = { open: ["open"], closed: ["dev"] };
  expectOurs(() => {
    const parsed = parseTree("p.yaml", text);
    const manifest = checkTree("/p/p.yaml", parsed, { project });
    projectRules(manifest, parsed.tree, parsed.report, {
      trusted: false,
      user: manifest,
      root: "/p",
    });
    parsed.report.throwIfAny();
  });
}

function expectOurs(check: () => unknown): void {
  try {
    check();
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
  ..."version bottles agents dev open extends mounts source target caches npm git mode refs projectAgents skills bring build runtime cred_proxy routes path upstream token_ref role allowlist ssh rung minimumRung place image workspace resources env egress allow deny credentials preset anthropic secret url host header methods paths ports scheme bottle provider prompt namespace auto 1 4GiB env:X file:~/x command:a *.com a.example [ ] { } : , - & * ! % @ | > ' \" # ? << &a *a !!str ~ null true .inf 0x1f \u202e \u001b sk-ant-api03-abcdefgh".split(
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
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
      onlyOurErrors(parts.join(""));
      onlyOurErrorsElsewhere(parts.join(""));
    }),
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
    fc.property(value, value, (bottle, agents) => {
      onlyOurErrors(JSON.stringify({ version: 1, bottles: { dev: bottle }, agents }));
      onlyOurErrorsElsewhere(JSON.stringify({ bottles: { dev: bottle }, agents }));
      onlyOurErrorsElsewhere(JSON.stringify({ version: 1, bottles: { mine: bottle }, agents }));
    }),
    { numRuns: 2000 },
  );
});

it("text nested beyond any stack gives our errors", () => {
  for (const open of ["[", "{a: ", "- ", "? ", "&a [", "!!map {", '{"a":'])
    onlyOurErrors(open.repeat(20_000));
});
