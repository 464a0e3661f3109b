/** Which untracked paths of a bottle are ignored; git sees a skeleton of ours (folders and .gitignore files), never the bottle's tree. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openIgnoreQuestions } from "../ignore-questions.ts";
import type { IgnoreQuestions } from "../ignore-questions.ts";
import { bytesOf } from "../names.ts";
import { gitFailed } from "./errors.ts";
import type { Stage } from "./stage.ts";

/** Bytes of a .gitignore that are read at most; a longer one counts as none. */
export const maxIgnoreFile: number = 1024 * 1024;

/** Milliseconds for the paths of one depth. */
const patience = 120_000;

export interface Ignore extends IgnoreQuestions {
  /** Tells of a folder that may be ignored as one. */
  addFolder(path: string): void;
  /** Tells of the .gitignore in a folder, parents first. */
  addRules(folder: string, rules: Buffer): void;
}

export function openIgnore({ folder: place, gitDir, path: programs }: Stage): Ignore {
  const root = join(place, "skeleton");
  mkdirSync(root, { mode: 0o700 });
  const inside = (path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), bytesOf(path)]);
  const addFolder = (path: string): void =>
    void mkdirSync(inside(path), { recursive: true, mode: 0o700 });
  const questions = openIgnoreQuestions({
    ...{ gitDir, workTree: root, path: programs, patience },
    failed: (why) => gitFailed("tell which files are ignored", why),
  });
  return {
    addFolder,
    addRules(folder, rules) {
      if (folder !== "") addFolder(folder);
      const path = inside(folder === "" ? ".gitignore" : `${folder}/.gitignore`);
      writeFileSync(path, rules, { flag: "wx", mode: 0o600 });
    },
    ignored: (paths) => questions.ignored(paths),
    [Symbol.dispose]: () => questions[Symbol.dispose](),
  };
}
