/** What the owner has git ignore everywhere (gitignore(5), core.excludesFile): a file he never sees as new does not come along as new. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { printable } from "../names.ts";
import { parseConfig } from "./config-file.ts";

const maxFile = 1024 * 1024;

/** The rules' text; empty without any. The home is the owner's and trusted; what his config includes is not read. */
export function globalExcludes(home: string): Buffer {
  const named = [".gitconfig", ".config/git/config"].flatMap((name) => excludesFile(home, name))[0];
  return readPlain(named ?? join(home, ".config/git/ignore")) ?? Buffer.alloc(0);
}

function excludesFile(home: string, name: string): readonly string[] {
  const text = readPlain(join(home, name));
  if (text === undefined) return [];
  const config = parseConfig(text.toString("latin1"));
  if ("badLine" in config) return [];
  const value = config.entries.findLast(
    ({ section, subsection, key }) =>
      section === "core" && subsection === undefined && key === "excludesfile",
  )?.value;
  if (value === undefined) return [];
  const path = printable(value).replace(/^~\//, `${home}/`);
  return path.startsWith("/") ? [path] : [];
}

function readPlain(path: string): Buffer | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > maxFile) return undefined;
  try {
    return readFileSync(path);
  } catch {
    // Not readable by him: no rules for his git, either.
    return undefined;
  }
}
