import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGraphql, valueOf } from "./graphql.ts";
import type { Selection } from "./graphql.ts";

const names = (selections: readonly Selection[] | undefined): readonly unknown[] =>
  (selections ?? []).map((one) =>
    one.kind === "spread"
      ? `...${one.name}`
      : one.kind === "inline"
        ? names(one.selections)
        : one.selections === undefined
          ? one.name
          : [one.name, names(one.selections)],
  );

describe("the reader of GraphQL", () => {
  it("reads operations, arguments, aliases, fragments, directives and comments", () => {
    const { operations, fragments } = parseGraphql(`# a comment with { and "
      query Q($owner: String!, $n: [Int!]! = [1, 2], $x: In = {a: "b"}) {
        alias: repository(owner: $owner, name: "a\\u0062\\"c") @include(if: true) {
          id, ...part
          ... on Node { url }
          ... @skip(if: false) { name }
        }
      }
      fragment part on Repository { issues(first: 3, states: [OPEN], orderBy: {field: CREATED_AT}) { nodes { id } } }`);
    expect(operations).toHaveLength(1);
    const [operation] = operations;
    expect(operation).toMatchObject({ type: "query", name: "Q" });
    expect(names(operation?.selections)).toEqual([
      ["repository", ["id", "...part", ["url"], ["name"]]],
    ]);
    expect(names(fragments.get("part"))).toEqual([["issues", [["nodes", ["id"]]]]]);
    const field = operation?.selections[0];
    if (field?.kind !== "field") throw new Error("no field");
    const defaults = operation?.defaults ?? new Map();
    const value = (name: string): unknown => {
      const given = field.args.get(name);
      return given && valueOf(given, { owner: "me" }, defaults);
    };
    expect([value("owner"), value("name"), value("none")]).toEqual(["me", 'ab"c', undefined]);
    expect(valueOf({ kind: "variable", name: "n" }, {}, defaults)).toEqual([1, 2]);
    expect(valueOf({ kind: "variable", name: "n" }, { n: null }, defaults)).toBe(null);
    expect(valueOf({ kind: "variable", name: "toString" }, {}, defaults)).toBe(null);
    expect(valueOf({ kind: "variable", name: "x" }, {}, defaults)).toEqual({ a: "b" });
  });

  it.each([
    ["{", "ends"],
    ["{}", "empty"],
    ["{a", "ends"],
    ["{a(b:1 b:2)}", "twice"],
    ["{a @live}", "directive"],
    ['{a(b: """x""")}', "sign"],
    ['{a(b: "x\ny")}', "sign"],
    ["{a(b: 01)}", "value"],
    ["type A {a: Int}", "operation"],
    ["query($a: Int, $a: Int) {a}", "twice"],
    ["fragment on on A {a}", "name"],
    ["fragment f on A {a} fragment f on A {b}", "name"],
    ["{a} \u0007", "odd"],
    ["{a} \u200b;", "sign"],
    [`${"{a".repeat(100)}${"}".repeat(100)}`, "deeply"],
    [`{a(b: ${"[".repeat(100)}`, "deeply"],
    [`{${"a ".repeat(30_000)}}`, "long"],
  ])("refuses %j", (text, why) => {
    expect(() => parseGraphql(text)).toThrow(new RegExp(why));
    expect(() => parseGraphql(text)).toThrow(SyntaxError);
  });

  it.each([
    `{a} ${"#".repeat(50_000)}\n;`,
    `{a} ${"# ".repeat(50_000)}\n;`,
    `{a} ${"#\n".repeat(50_000)};`,
    `{a} ${", ".repeat(50_000)};`,
    `{a(b: "${"\\\\".repeat(50_000)}`,
  ])("is soon done with many signs that could be read in many ways", (text) => {
    expect(() => parseGraphql(text)).toThrow(SyntaxError);
  });

  it("ends with a document or a SyntaxError, whatever it is given, and shows nothing of it", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "...",
        "$",
        "@",
        ":",
        "=",
        "!",
        '"',
        "\\",
        "#",
        "\n",
        "query",
        "fragment",
        "on",
        "x",
        '"zebra"',
        "-1e5",
        " ",
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          const { operations } = parseGraphql(pieces.join(""));
          expect(Array.isArray(operations)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
          expect((error as Error).message).not.toContain("zebra");
        }
      }),
      { numRuns: 500 },
    );
  });
});
