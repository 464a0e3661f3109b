/** Tells by its path whether a file is in the table; names count as every file system would take them. */
import { plainName } from "../stage/paths.ts";
import { dangerTable } from "./table.ts";
import type { DangerRow } from "./table.ts";

export interface DangerMatcher {
  /** The rows that a file is in. */
  ofFile(path: string): readonly DangerRow[];
  /** Those of which a folder of that path, could it be put there by a link, would be a part. */
  ofFolder(path: string): readonly DangerRow[];
}

export function createMatcher(table: readonly DangerRow[] = dangerTable): DangerMatcher {
  const rows = table.map((row) => ({
    row,
    file: new RegExp(row.paths.map(filePattern).join("|"), "s"),
    folder: new RegExp(row.paths.flatMap(folderPatterns).join("|") || "(?!)", "s"),
  }));
  const plain = (path: string): string => path.split("/").map(plainName).join("/");
  return {
    ofFile(path) {
      const text = plain(path);
      return rows.filter(({ file }) => file.test(text)).map(({ row }) => row);
    },
    ofFolder(path) {
      const text = plain(path);
      return rows.filter(({ folder }) => folder.test(text)).map(({ row }) => row);
    },
  };
}

function filePattern(path: string): string {
  return path.endsWith("/")
    ? `(?:^|/)${source(path.slice(0, -1))}(?:/|$)`
    : `(?:^|/)${source(path)}$`;
}

/** `.github/workflows/` is reached through a link named `.github` as well. */
function folderPatterns(path: string): readonly string[] {
  const steps = path.replace(/\/$/, "").split("/");
  return steps
    .slice(0, -1)
    .map((_step, index) => `(?:^|/)${source(steps.slice(0, index + 1).join("/"))}$`);
}

function source(path: string): string {
  return path.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
}
