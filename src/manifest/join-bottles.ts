/** What two bottles are together: lists one after the other, env and maps by key, anything else as the later one says. */
import type { Tree, TreeEntry } from "./tree.ts";

/** Keys whose lists are joined; a dot leads into a map. */
const lists: ReadonlySet<string> = new Set([
  "egress.allow",
  "egress.deny",
  "egress.crl",
  "credentials",
  "mounts",
  "caches",
  "ports",
]);

/** Keys whose maps are joined key by key. */
const maps: ReadonlySet<string> = new Set(["", "egress", "env", "resources"]);

/** Said by a bottle for itself alone: who opens one to projects has not opened those that are made from it. */
const own: ReadonlySet<string> = new Set(["extends", "projectAgents"]);

/** `later` over `base`. */
export function joinBottles(base: Tree, later: Tree): Tree {
  return joinAt("", base, later);
}

function joinAt(path: string, base: Tree, later: Tree): Tree {
  if (base.kind === "list" && later.kind === "list" && lists.has(path))
    return { ...later, items: [...base.items, ...later.items.filter(isNewBeside(base.items))] };
  if (base.kind !== "map" || later.kind !== "map" || !maps.has(path)) return later;
  const entries = new Map<string, TreeEntry>();
  for (const entry of base.entries)
    if (path !== "" || !own.has(entry.key)) entries.set(entry.key, entry);
  for (const entry of later.entries) {
    const before = entries.get(entry.key);
    const value =
      before === undefined
        ? entry.value
        : joinAt(path === "" ? entry.key : `${path}.${entry.key}`, before.value, entry.value);
    entries.set(entry.key, { ...entry, value });
  }
  return { ...later, entries: [...entries.values()] };
}

/** The same item by two ways from one bottle, or the same word again, is one item. */
function isNewBeside(items: readonly Tree[]): (item: Tree) => boolean {
  const trees = new Set(items);
  const words = new Set(items.map((item) => (item.kind === "scalar" ? item.value : undefined)));
  return (item) => !trees.has(item) && (item.kind !== "scalar" || !words.has(item.value));
}
