/** Asks git which untracked paths are ignored: one git for all questions, which sees a folder of ours and never the owner's or an agent's. */
import { killGit, spawnGit, writeTo } from "./git.ts";
import { bytesOf } from "./names.ts";

export interface IgnoreQuestions extends Disposable {
  /** Those of the paths that are ignored; git must find every .gitignore above them. One question at a time. */
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface IgnoreOptions {
  readonly gitDir: string;
  /** Folder whose rules are asked about. */
  readonly workTree: string;
  /** The user's PATH. */
  readonly path: string;
  /** Milliseconds for one question: patterns can be made that git is slow to match. */
  readonly patience: number;
  /** The error of a git that did not answer, from its own words. */
  readonly failed: (why: string) => Error;
}

/** git is started with the first question: most folders have nothing to ask. */
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

function startGit({ gitDir, workTree, path, patience, failed }: IgnoreOptions): Answering {
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
  let failure: Error | undefined;
  const fail = (why: string): void => {
    failure ??= failed(why);
    asked?.reject(failure);
    asked = undefined;
    killGit(child);
  };
  const take = (text: string): void => {
    const parts = (rest + text).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      // For each path: source, line, pattern, path.
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
  child.stdout.setEncoding("latin1").on("data", take);
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (errors = (errors + text).slice(-1000)));
  child.stdin.on("error", () => undefined);
  child.once("error", (error) => fail(error.message));
  child.once("close", () => fail(errors.trim() === "" ? "it ended." : errors.trim()));
  return {
    async ask(paths) {
      if (failure !== undefined) throw failure;
      const timer = setTimeout(() => killGit(child), patience);
      try {
        const answer = new Promise<ReadonlySet<string>>((resolve, reject) => {
          asked = { left: paths.length, ignored: new Set(), resolve, reject };
        });
        // Without `./` a name that begins with a colon would be pathspec magic.
        const question = bytesOf(paths.map((path) => `./${path}\0`).join(""));
        const [ignored] = await Promise.all([answer, writeTo(child.stdin, question)]);
        return ignored;
      } finally {
        clearTimeout(timer);
      }
    },
    end: () => child.stdin.end(),
  };
}
