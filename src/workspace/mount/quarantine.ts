/** Where new protected paths are taken: moved as they are, never opened, no link followed. */
import { randomBytes } from "node:crypto";
import { printable } from "../names.ts";
import type { Taken } from "./base.ts";
import { OpenFolder } from "./open-folder.ts";

export interface Quarantine extends Disposable {
  /** Throws the system's error if it cannot be moved. */
  take(parent: OpenFolder, name: string, path: string, why: string): Taken;
}

/** The folder in the record. */
const folderName = "quarantine";

/** `record` is the record's folder, `top` the workspace; a file system of its own there takes what the record's cannot. */
export function openQuarantine(record: string, top: OpenFolder, topPath: string): Quarantine {
  using recordFolder = OpenFolder.open(record);
  if (recordFolder.stat(folderName) === undefined) recordFolder.makeFolder(folderName, 0o700);
  const main = recordFolder.folder(folderName);
  let near: OpenFolder | undefined;
  // Not to be guessed: a bottle could have made it.
  const nearName = `.claude-bottle-quarantine-${randomBytes(6).toString("hex")}`;
  let taken = [...main.entries()].length;

  const moveTo = (parent: OpenFolder, name: string, to: OpenFolder): string => {
    const as = String(taken);
    try {
      parent.move(name, to, as);
    } catch (error) {
      // A folder gets another parent only if it can be written to (rename(2)).
      if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
      parent.setFolderMode(name, 0o700);
      parent.move(name, to, as);
    }
    taken += 1;
    return as;
  };

  return {
    take(parent, name, path, why) {
      let to: string;
      try {
        to = `${folderName}/${moveTo(parent, name, main)}`;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
        if (near === undefined) {
          top.makeFolder(nearName, 0o700);
          near = top.folder(nearName);
        }
        to = `${topPath}/${nearName}/${moveTo(parent, name, near)}`;
      }
      return { path: printable(path), to, why };
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
