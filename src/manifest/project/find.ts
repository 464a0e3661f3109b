/** A project's own manifest: whether there is one. Every start asks, so nothing is read: one look for each name. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { v1File } from "../v1/detect.ts";

export interface ProjectFile {
  readonly folder: string;
  readonly name: string;
  /** Others beside it; which one counts nobody could say. */
  readonly rivals: readonly string[];
}

const names = [".claude-bottle.yaml", ".claude-bottle.yml", ".claude-bottle.json", v1File] as const;

/** In the home the old manifest is the owner's own. */
export function findProject(folder: string, home: string): ProjectFile | undefined {
  const [name, ...rivals] = names.filter(
    (one) => (one !== v1File || folder !== home) && isThere(join(folder, one)),
  );
  return name === undefined ? undefined : { folder, name, rivals };
}

/** Synchronous: a hundred times cheaper than a promise for a look at what the kernel has at hand. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
