/** GraphQL: refused with a reason that holds nothing of the text, or read; what is read is written and read as it was. */
import { parseGraphql } from "../../../src/credentials/github/graphql.ts";
import type { Document, Selection, Value } from "../../../src/credentials/github/graphql.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

/** Undefined: refused. */
function read(text: string): Document | undefined {
  try {
    return parseGraphql(text);
  } catch (error) {
    hold(error instanceof SyntaxError, `threw ${String(error)}`);
    hold(/^(?:it|an?) [a-z ]+$/.test((error as Error).message), `it says ${String(error)}`);
    return undefined;
  }
}

function pairs(all: ReadonlyMap<string, Value>): string {
  return [...all].map(([name, value]) => `${name}: ${valueText(value)}`).join(", ");
}

function valueText(value: Value): string {
  if (value.kind === "variable") return `$${value.name}`;
  if (value.kind === "list") return `[${value.items.map((item) => valueText(item)).join(" ")}]`;
  if (value.kind === "object") return `{${pairs(value.fields)}}`;
  return JSON.stringify(value.value);
}

function selectionText(all: readonly Selection[]): string {
  const lines = all.map((one) => {
    if (one.kind === "spread") return `... ${one.name}`;
    if (one.kind === "inline") return `... ${selectionText(one.selections)}`;
    const args = one.args.size === 0 ? "" : `(${pairs(one.args)})`;
    return one.name + args + (one.selections === undefined ? "" : selectionText(one.selections));
  });
  return `{${lines.join("\n")}}`;
}

function documentText({ operations, fragments }: Document): string {
  return [
    ...operations.map(({ type, name = "", defaults, selections }) => {
      const variables = [...defaults].map(([one, value]) => `$${one}: T = ${valueText(value)}`);
      const list = variables.length === 0 ? "" : `(${variables.join(", ")})`;
      return `${type} ${name}${list} ${selectionText(selections)}`;
    }),
    ...[...fragments].map(
      ([name, selections]) => `fragment ${name} on T ${selectionText(selections)}`,
    ),
  ].join("\n");
}

/** Maps have no JSON of their own. */
function shape(document: Document): string {
  return JSON.stringify(document, (_key, value: unknown) =>
    value instanceof Map ? { map: [...(value as ReadonlyMap<string, unknown>)] } : value,
  );
}

export const graphqlTarget: FuzzTarget = {
  name: "graphql",
  words: [
    "query Q($a: [ID!]! = 1) ",
    "mutation ",
    "fragment F on T {a}",
    "...F",
    "... on T {a}",
    "@include(if: $a)",
    '"\\u0041"',
    '"""',
    "# comment\n",
    "{a}",
    "(a: {b: [1, -2.5e3, null, ENUM]})",
    "a: b",
    ",",
    "\\",
    "\ufeff",
  ],
  run(input) {
    const document = read(input.toString("utf8"));
    if (document === undefined) return;
    const again = read(documentText(document));
    hold(again !== undefined, `what is written is refused: ${documentText(document)}`);
    hold(
      again !== undefined && shape(again) === shape(document),
      "what is written is read differently",
    );
  },
};
