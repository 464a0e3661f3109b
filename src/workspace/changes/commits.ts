/** Which of a bottle's commits the owner does not have. */
import { bytesOf } from "../names.ts";
import { tooLarge } from "../stage/errors.ts";
import { runGit, writeTo } from "../stage/git.ts";
import type { OwnerRepository } from "../stage/owner.ts";
import type { Stage } from "../stage/stage.ts";

export interface NewCommit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
}

const maxCommits = 100_000;

/** Ids that the owner's branches, tags and HEAD stand at, less those of one branch: what apply made is not what the bottle was given. */
export async function ownersTips(
  owner: OwnerRepository,
  path: string,
  without: string,
): Promise<readonly string[]> {
  const ask = async (argv: readonly string[]): Promise<readonly string[]> => {
    const { output } = await runGit({
      step: "read your branches",
      gitDir: owner.gitDir,
      path,
      argv,
      codes: [0, 1, 128],
      maxOutput: 64 * 1024 * 1024,
    });
    return output.toString("latin1").split("\n");
  };
  const lines = await ask([
    "for-each-ref",
    "--format=%(objectname) %(HEAD) %(refname)",
    "refs/heads",
    "refs/remotes",
    "refs/tags",
  ]);
  const refs = lines
    .map((line) => /^([0-9a-f]+) ([* ]) (.*)$/.exec(line))
    .filter((found) => found !== null);
  const ids = refs.filter(([, , , ref]) => ref !== without).map(([, id = ""]) => id);
  if (refs.some(([, , mark]) => mark === "*")) return ids;
  // Detached, or on a branch that has no commit yet.
  const head = await ask(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]);
  return [...ids, ...head.filter((id) => id !== "")];
}

/** Commits that one of `heads` reaches and none of `known` does; parents before children. */
export async function newCommits(
  stage: Stage,
  heads: readonly string[],
  known: readonly string[],
): Promise<readonly NewCommit[]> {
  if (heads.length === 0) return [];
  const { output } = await stage.git({
    step: "read the bottle's commits",
    argv: [
      "rev-list",
      "--topo-order",
      "--reverse",
      "--ignore-missing",
      "--no-commit-header",
      "--format=%H %T %P",
      `--max-count=${maxCommits + 1}`,
      "--stdin",
    ],
    input: (stdin) =>
      writeTo(stdin, bytesOf([...heads, ...known.map((id) => `^${id}`), ""].join("\n"))),
    maxOutput: 64 * 1024 * 1024,
  });
  const commits = output
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): NewCommit => {
      const [id = "", tree = "", ...parents] = line.trimEnd().split(" ");
      return { id, tree, parents };
    });
  if (commits.length > maxCommits) throw tooLarge("more new commits", `${maxCommits}`);
  return commits;
}

/** For each new commit the nearest commit of the owner that it builds on, along first parents; undefined for none. */
export function basesOf(commits: readonly NewCommit[]): ReadonlyMap<string, string | undefined> {
  const bases = new Map<string, string | undefined>();
  for (const {
    id,
    parents: [first],
  } of commits)
    bases.set(id, first !== undefined && bases.has(first) ? bases.get(first) : first);
  return bases;
}
