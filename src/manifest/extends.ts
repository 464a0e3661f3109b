/** Joins bottles with those they extend, as trees: every value keeps its place in the text, and is checked where it stands. */
import { closest } from "./closest.ts";
import { joinBottles } from "./join-bottles.ts";
import { quote } from "./quote.ts";
import type { Report } from "./report.ts";
import type { Tree, TreeEntry, TreeMap, TreeScalar } from "./tree.ts";
import { lookUp } from "./tree.ts";

/** A longer line of ancestors is a mistake, or an attack on the stack. */
const maxLine = 16;

/** Values in all joined bottles together: what aliases may not do, `extends` may not do either. */
const maxJoined = 20_000;

/** The tree with every bottle joined; what cannot be joined is in the report. */
export function extendBottles(tree: Tree, report: Report): Tree {
  const bottles = lookUp(tree, "bottles");
  if (tree.kind !== "map" || bottles?.kind !== "map") return tree;
  if (!bottles.entries.some(({ value }) => lookUp(value, "extends") !== undefined)) return tree;
  const joiner = createJoiner(bottles, report);
  const joined: Tree = {
    ...bottles,
    entries: bottles.entries.map((entry) => ({ ...entry, value: joiner.join(entry, []) })),
  };
  return {
    ...tree,
    entries: tree.entries.map((entry) =>
      entry.value === bottles ? { ...entry, value: joined } : entry,
    ),
  };
}

function createJoiner(
  bottles: TreeMap,
  report: Report,
): { join(entry: TreeEntry, line: readonly string[]): Tree } {
  const byName = new Map(bottles.entries.map((entry) => [entry.key, entry]));
  const done = new Map<string, Tree>();
  let left = maxJoined;
  let full = false;

  function tooComplex(at: number, what: string): void {
    if (!full) report.add(at, { code: "E_MANIFEST_COMPLEX", what, next: "Extend fewer bottles." });
    full = true;
  }

  /** `line`: who led here, the first who asked first. */
  function join(entry: TreeEntry, line: readonly string[]): Tree {
    const known = done.get(entry.key);
    if (known !== undefined) return known;
    const here = [...line, entry.key];
    let result: Tree = { kind: "map", at: entry.value.at, entries: [] };
    const bases = basesOf(entry.value);
    if (bases.length > maxLine)
      tooComplex(entry.at, `A bottle extends more than ${maxLine} others.`);
    for (const base of bases.slice(0, maxLine)) {
      const name = base.value;
      const found = byName.get(name);
      if (found === undefined) unknown(base, name);
      else if (here.includes(name)) circle(base, [...here.slice(here.indexOf(name)), name]);
      else if (here.length >= maxLine)
        tooComplex(base.at, `More than ${maxLine} bottles extend each other in one line.`);
      else result = joinBottles(result, join(found, here));
    }
    if (bases.length > 0 && entry.value.kind === "map") {
      result = joinBottles(result, entry.value);
      left -= sizeOf(result);
      if (left < 0) {
        tooComplex(entry.at, "The bottles grow too large through extends.");
        result = entry.value;
      }
    } else result = entry.value;
    done.set(entry.key, result);
    return result;
  }

  function unknown({ at }: TreeScalar, name: string): void {
    const near = closest(name, byName.keys());
    report.add(at, {
      code: "E_MANIFEST_EXTENDS",
      what: `The bottle ${quote(name)} to extend is not defined.`,
      next: near === undefined ? "Define it under bottles." : `Did you mean ${quote(near)}?`,
    });
  }

  function circle({ at }: TreeScalar, chain: readonly string[]): void {
    report.add(at, {
      code: "E_MANIFEST_EXTENDS",
      what: `The bottles extend each other in a circle: ${chain.map((name) => quote(name)).join(" → ")}.`,
      next: "Take one of them out.",
    });
  }
  return { join };
}

type Name = TreeScalar & { readonly value: string };

/** The names after `extends`; what is no name is the schema's to report. */
function basesOf(bottle: Tree): readonly Name[] {
  const written = lookUp(bottle, "extends");
  const trees = written?.kind === "list" ? written.items : written === undefined ? [] : [written];
  return trees.filter(
    (tree): tree is Name =>
      tree.kind === "scalar" && typeof tree.value === "string" && !tree.refused,
  );
}

/** Values one level below what is joined: as many as were copied. */
function sizeOf(tree: Tree): number {
  if (tree.kind === "scalar") return 1;
  if (tree.kind === "list") return 1 + tree.items.length;
  return tree.entries.reduce((sum, { value }) => sum + sizeOf(value), 1);
}
