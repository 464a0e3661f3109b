/** Folders that may not be made yet: the nearest one above that is there. */
import { stat } from "node:fs/promises";
import type { Stats } from "node:fs";
import { dirname } from "node:path";

export interface Nearest {
  readonly path: string;
  /** Links followed. */
  readonly stat: Stats;
  /** It is the folder itself. */
  readonly itself: boolean;
}

export async function nearest(folder: string): Promise<Nearest> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return { path, stat: found, itself: path === folder };
    if (path === "/") throw new Error("there is no root folder");
  }
}
