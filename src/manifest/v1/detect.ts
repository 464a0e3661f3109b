/** Whether a manifest is of the old form, `claude-bottle.json`: it has no version, and keys that no other has. */
import { basename } from "node:path";
import type { Tree } from "../tree.ts";
import { lookUp } from "../tree.ts";

/** The old file's name; beside it, only what is in a file can tell. */
export const v1File: string = "claude-bottle.json";

const oldKeys: readonly string[] = ["ssh", "runtime", "cred_proxy", "tokens", "supervise"];
const oldEgress: readonly string[] = ["allowlist", "dlp_action"];

export function isV1(file: string, tree: Tree): boolean {
  if (tree.kind !== "map" || lookUp(tree, "version") !== undefined) return false;
  if (basename(file) === v1File) return true;
  const bottles = lookUp(tree, "bottles");
  if (bottles?.kind !== "map") return false;
  return bottles.entries.some(
    ({ value }) =>
      oldKeys.some((key) => lookUp(value, key) !== undefined) ||
      oldEgress.some((key) => lookUp(lookUp(value, "egress"), key) !== undefined),
  );
}
