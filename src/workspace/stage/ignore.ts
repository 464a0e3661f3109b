/** Asks git which untracked paths are ignored; git sees a skeleton of ours (folders and .gitignore files), never the bottle's tree. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killGit, spawnGit, writeTo } from "../git.ts";
import { bytesOf } from "../names.ts";
import { gitFailed } from "./errors.ts";
import type { Stage } from "./stage.ts";

/** Bytes of a .gitignore that are read at most; a longer one counts as none. */
export const maxIgnoreFile: number = 1024 * 1024;

/** Milliseconds for the paths of one depth: patterns can be made that git is slow to match. */
const patience = 120_000;

export interface Ignore extends Disposable {
  /** Tells of a folder that may be ignored as one. */
  addFolder(path: string): void;
  /** Tells of the .gitignore in a folder, parents first. */
  addRules(folder: string, rules: Buffer): void;
  /** Those of the paths that are ignored. One question at a time. */
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
}

export function openIgnore(stage: Stage): Ignore {
  const root = join(stage.folder, "skeleton");
  mkdirSync(root, { mode: 0o700 });
  const inside = (path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), bytesOf(path)]);
  const addFolder = (path: string): void =>
    void mkdirSync(inside(path), { recursive: true, mode: 0o700 });
  let git: Answering | undefined;
  return {
    addFolder,
    addRules(folder, rules) {
      if (folder !== "") addFolder(folder);
      const path = inside(folder === "" ? ".gitignore" : `${folder}/.gitignore`);
      writeFileSync(path, rules, { flag: "wx", mode: 0o600 });
    },
    async ignored(paths) {
      if (paths.length === 0) return new Set();
      git ??= startGit(stage, root);
      return git.ask(paths);
    },
    [Symbol.dispose]: () => git?.end(),
  };
}

interface Answering {
  ask(paths: readonly string[]): Promise<ReadonlySet<string>>;
  end(): void;
}

/** One git for all depths. With -v and -n it answers for every path, so that the end of an answer is known. */
function startGit(stage: Stage, root: string): Answering {
  const child = spawnGit({
    gitDir: stage.gitDir,
    path: stage.path,
    cwd: root,
    env: { GIT_WORK_TREE: root },
    argv: ["check-ignore", "--no-index", "-z", "-v", "-n", "--stdin"],
  });
  let fields: string[] = [];
  let rest = "";
  let answered: (() => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  let failure: Error | undefined;
  const fail = (why: string): void => {
    failure ??= gitFailed("tell which files are ignored", why);
    failed?.(failure);
  };
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) fields.push(part);
    answered?.();
  });
  child.stderr.resume();
  child.stdin.on("error", () => undefined);
  child.once("error", (error) => fail(error.message));
  child.once("close", () => fail("It ended."));
  return {
    async ask(paths) {
      if (failure !== undefined) throw failure;
      fields = [];
      const timer = setTimeout(() => killGit(child), patience);
      try {
        const whole = new Promise<void>((resolve, reject) => {
          answered = () => (fields.length >= paths.length * 4 ? resolve() : undefined);
          failed = reject;
        });
        // Without `./` a name that begins with a colon would be pathspec magic.
        const question = bytesOf(paths.map((path) => `./${path}\0`).join(""));
        await Promise.all([whole, writeTo(child.stdin, question)]);
      } finally {
        clearTimeout(timer);
      }
      return ignoredIn(fields);
    },
    end() {
      // Nobody waits for it any more.
      failed = undefined;
      child.stdin.end();
    },
  };
}

/** For each path: source, line, pattern, path. A pattern that begins with `!` says that it is not ignored; none says so, too. */
function ignoredIn(fields: readonly string[]): ReadonlySet<string> {
  const ignored = new Set<string>();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [pattern = "", path = ""] = fields.slice(at + 2, at + 4);
    if (pattern !== "" && !pattern.startsWith("!")) ignored.add(path.slice(2));
  }
  return ignored;
}
