/** Asks git which untracked paths are ignored; git sees a skeleton of ours (folders and .gitignore files), never the bottle's tree. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "../names.ts";
import { writeTo } from "./git.ts";
import type { Stage } from "./stage.ts";

/** Bytes of a .gitignore that are read at most; a longer one counts as none. */
export const maxIgnoreFile: number = 1024 * 1024;

export interface Ignore {
  /** Tells of a folder, parents first. */
  addFolder(path: string): void;
  /** Tells of the .gitignore in a folder that was told of. */
  addRules(folder: string, rules: Buffer): void;
  /** Those of the paths that are ignored. */
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
}

export function createIgnore(stage: Stage): Ignore {
  const root = join(stage.folder, "skeleton");
  mkdirSync(root, { mode: 0o700 });
  const inside = (path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), bytesOf(path)]);
  return {
    addFolder(path) {
      mkdirSync(inside(path), { mode: 0o700 });
    },
    addRules: (folder, rules) =>
      writeFileSync(inside(folder === "" ? ".gitignore" : `${folder}/.gitignore`), rules, {
        flag: "wx",
        mode: 0o600,
      }),
    async ignored(paths) {
      if (paths.length === 0) return new Set();
      // Without `./` a name that begins with a colon would be pathspec magic.
      const { output } = await stage.git({
        step: "tell which files are ignored",
        env: { GIT_WORK_TREE: root },
        cwd: root,
        argv: ["check-ignore", "--no-index", "-z", "--stdin"],
        input: (stdin) => writeTo(stdin, bytesOf(paths.map((path) => `./${path}\0`).join(""))),
        codes: [0, 1],
        maxOutput: 256 * 1024 * 1024,
      });
      const found = output.toString("latin1").split("\0");
      return new Set(found.map((path) => path.slice(2)));
    },
  };
}
