/** Asks git which untracked paths are ignored. git sees the copy alone, which has the rules already, and never the source. */
import type { ChildProcess } from "node:child_process";
import type { Writable } from "node:stream";
import { killGit, spawnGit, writeTo } from "../git.ts";
import { bytesOf } from "../names.ts";
import { gitRefused } from "./refused.ts";

/** Milliseconds without an answer. */
const patience = 60_000;

export interface IgnoreQuestions extends Disposable {
  /** Those of the paths that are ignored; a folder must be in the copy already, with every .gitignore above it. */
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface IgnoreOptions {
  /** The new `.git`, and the folder that it is in. */
  readonly gitDir: string;
  readonly workTree: string;
  /** The user's PATH. */
  readonly path: string;
}

/** One git for all questions, started with the first one: most workspaces have nothing to ask. */
export function openIgnoreQuestions(options: IgnoreOptions): IgnoreQuestions {
  let git: Answering | undefined;
  return {
    async ignored(paths) {
      if (paths.length === 0) return new Set();
      git ??= startGit(options);
      return git.ask(paths);
    },
    [Symbol.dispose]: () => git?.end(),
  };
}

interface Answering {
  ask(paths: readonly string[]): Promise<ReadonlySet<string>>;
  end(): void;
}

interface Asked {
  left: number;
  readonly ignored: Set<string>;
  readonly resolve: (ignored: ReadonlySet<string>) => void;
  readonly reject: (error: Error) => void;
}

function startGit({ gitDir, workTree, path }: IgnoreOptions): Answering {
  // --no-index: only untracked paths are asked for. Without -v and -n there would be no end to wait for.
  const child = spawnGit({
    gitDir,
    path,
    cwd: workTree,
    env: { GIT_WORK_TREE: workTree },
    argv: ["check-ignore", "--no-index", "-z", "-v", "-n", "--stdin"],
  });
  let asked: Asked | undefined;
  let rest = "";
  let fields: string[] = [];
  let errors = "";
  const fail = (why: string): void => {
    asked?.reject(gitRefused("tell which files are ignored", why));
    asked = undefined;
    killGit(child);
  };
  const take = (text: string): void => {
    const parts = (rest + text).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      fields.push(part);
      if (fields.length < 4) continue;
      const [, , pattern = "", found = ""] = fields;
      fields = [];
      if (asked === undefined) return fail("it answered too much.");
      // A pattern that begins with `!` says that the path is not ignored; no pattern says so, too.
      if (pattern !== "" && !pattern.startsWith("!")) asked.ignored.add(found.slice(2));
      asked.left -= 1;
      if (asked.left > 0) continue;
      asked.resolve(asked.ignored);
      asked = undefined;
    }
  };
  child.stdout.setEncoding("latin1");
  child.stdout.on("data", take);
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => (errors = (errors + text).slice(-1000)));
  child.stdin.on("error", () => undefined);
  child.once("error", (error) => fail(error.message));
  child.once("close", () => fail(errors.trim() === "" ? "it ended." : errors.trim()));
  return {
    ask: (paths) => withPatience(child, child.stdin, paths, (next) => (asked = next)),
    end: () => child.stdin.end(),
  };
}

async function withPatience(
  child: ChildProcess,
  stdin: Writable,
  paths: readonly string[],
  register: (asked: Asked) => void,
): Promise<ReadonlySet<string>> {
  const timer = setTimeout(() => killGit(child), patience);
  try {
    const answer = new Promise<ReadonlySet<string>>((resolve, reject) =>
      register({ left: paths.length, ignored: new Set(), resolve, reject }),
    );
    // Without `./` a name that begins with a colon would be pathspec magic.
    const written = writeTo(stdin, bytesOf(paths.map((path) => `./${path}\0`).join("")));
    const [ignored] = await Promise.all([answer, written]);
    return ignored;
  } finally {
    clearTimeout(timer);
  }
}
