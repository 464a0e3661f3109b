/** Where new protected paths are taken: moved as they are, never opened, no link followed. */
import { randomBytes } from "node:crypto";
import { appendFileSync, lstatSync, readFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { printable } from "../names.ts";
import type { Taken } from "./base.ts";
import { OpenFolder } from "./open-folder.ts";

export interface Quarantine extends Disposable {
  /** Throws the system's error if it cannot be moved. */
  take(parent: OpenFolder, name: string, path: string, why: string): Taken;
}

/** The folder in the record, and what is in it, a line each. */
const folderName = "quarantine";
const listFile = "mount-taken.jsonl";

/** `record` is the record's folder, `top` the workspace; a file system of its own there takes what the record's cannot. */
export function openQuarantine(record: string, top: OpenFolder, topPath: string): Quarantine {
  using recordFolder = OpenFolder.open(record);
  if (recordFolder.stat(folderName) === undefined) recordFolder.makeFolder(folderName, 0o700);
  const main = recordFolder.folder(folderName);
  // Whoever was here before may have been killed in the middle of a line.
  appendFileSync(join(record, listFile), "\n", { mode: 0o600 });
  let near: OpenFolder | undefined;
  // Not to be guessed: a bottle could have made it.
  const nearName = `.claude-bottle-quarantine-${randomBytes(6).toString("hex")}`;
  let taken = [...main.entries()].length;

  /** Written down first, so that nothing is taken that nobody knows of, whatever dies in between. */
  const move = (parent: OpenFolder, name: string, to: OpenFolder, what: Taken): Taken => {
    appendFileSync(join(record, listFile), `${JSON.stringify(what)}\n`, { mode: 0o600 });
    const as = basename(what.to);
    try {
      parent.move(name, to, as);
    } catch (error) {
      // A folder gets another parent only if it can be written to (rename(2)).
      if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
      parent.setFolderMode(name, 0o700);
      parent.move(name, to, as);
    }
    taken += 1;
    return what;
  };

  return {
    take(parent, name, path, why) {
      const what = { path: printable(path), why };
      try {
        return move(parent, name, main, { ...what, to: `${folderName}/${taken}` });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
        if (near === undefined) {
          top.makeFolder(nearName, 0o700);
          near = top.folder(nearName);
        }
        return move(parent, name, near, { ...what, to: `${topPath}/${nearName}/${taken}` });
      }
    },
    [Symbol.dispose]() {
      main[Symbol.dispose]();
      if (near === undefined) return;
      near[Symbol.dispose]();
      // Nobody looks into it by accident.
      top.setFolderMode(nearName, 0);
    },
  };
}

/** Everything that was ever taken for a bottle and is still kept, whoever took it. */
export function takenFor(record: string): readonly Taken[] {
  let text: string;
  try {
    text = readFileSync(join(record, listFile), "utf8");
  } catch {
    return [];
  }
  const lines = text.split("\n").flatMap((line): Taken[] => {
    try {
      return [JSON.parse(line) as Taken];
    } catch {
      // The last one of a writer that was killed.
      return [];
    }
  });
  // One that could not be moved is written down, too. In a closed folder a name cannot be looked up, but is there.
  return lines.filter(
    ({ to }) =>
      isAbsolute(to) || lstatSync(join(record, to), { throwIfNoEntry: false }) !== undefined,
  );
}
