/** A bottle's history as the branch gets it: the same commits, less what must not come. Equal input gives equal commits. */
import { parseRaw, plainDiff } from "../changes/change-list.ts";
import type { TreeChange } from "../changes/change-list.ts";
import { basesOf } from "../changes/commits.ts";
import type { NewCommit } from "../changes/commits.ts";
import { bytesOf } from "../names.ts";
import { readBlobs } from "../stage/blobs.ts";
import { damaged, tooLarge } from "../stage/errors.ts";
import { writeTo } from "../stage/git.ts";
import { emptyTree, importCommits, treesOf } from "../stage/import-stream.ts";
import type { CommitOrder, ImportStream } from "../stage/import-stream.ts";
import type { Stage } from "../stage/stage.ts";
import type { Filter, SetBack } from "./filter.ts";

export interface Rewritten {
  /** The new ids of the commits that are not as they were. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Commits that are looked through at most; more of them come only with `--include-dangerous`. */
const maxRewritten = 20_000;
const maxDiff = 512 * 1024 * 1024;

/** `committer` names who made the new commits: us; the author stays who it was. */
export async function rewriteHistory(
  stage: Stage,
  commits: readonly NewCommit[],
  filter: Filter,
  committer: string,
): Promise<Rewritten> {
  if (commits.length > maxRewritten) throw tooLarge("more new commits", `${maxRewritten}`);
  if (commits.length === 0) return { ids: new Map() };
  const setBacks = await setBacksOf(stage, commits, filter);
  const affected = new Set<string>();
  for (const { id, parents } of commits)
    if ((setBacks.get(id) ?? []).length > 0 || parents.some((parent) => affected.has(parent)))
      affected.add(id);
  if (affected.size === 0) return { ids: new Map() };
  const rewritten = commits.filter(({ id }) => affected.has(id));
  const heads = await readHeads(stage, rewritten, committer);
  const marks = new Map<string, number>();
  const ids = await importCommits(stage, "leave out what must not come", async (stream) => {
    for (const { id, tree, parents } of rewritten) {
      const head = heads.get(id);
      if (head === undefined) throw damaged("a commit cannot be read");
      marks.set(
        id,
        await stream.commit({
          ...head,
          tree,
          parents: parents.map((one) => marks.get(one) ?? one),
        }),
      );
      await writeSetBacks(stream, setBacks.get(id) ?? []);
    }
  });
  return { ids: new Map([...marks].map(([id, mark]) => [id, ids.get(mark) ?? ""])) };
}

/** Sets paths back within the commit that was begun last. */
export async function writeSetBacks(stream: ImportStream, list: readonly SetBack[]): Promise<void> {
  for (const { path, to } of list) if (to === undefined) await stream.remove(path);
  for (const { path, to } of list) if (to !== undefined) await stream.entry(path, to);
}

/** Each commit is compared with the owner's commit that it builds on, in one run of git. */
async function setBacksOf(
  stage: Stage,
  commits: readonly NewCommit[],
  filter: Filter,
): Promise<ReadonlyMap<string, readonly SetBack[]>> {
  const bases = basesOf(commits);
  const known = [...new Set(bases.values())].filter((base) => base !== undefined);
  const trees = await treesOf(stage, known);
  const treeBelow = (id: string): string => trees.get(bases.get(id) ?? "") ?? emptyTree(stage);
  const pairs = commits.map(({ id, tree }) => [treeBelow(id), tree, id] as const);
  const { output } = await stage.git({
    step: "look through the bottle's commits",
    argv: ["diff-tree", ...plainDiff, "--stdin", "--raw", "-z", "--no-renames", "--no-abbrev"],
    input: (stdin) =>
      writeTo(stdin, bytesOf(pairs.map(([from, to]) => `${from} ${to}\n`).join(""))),
    maxOutput: maxDiff,
  });
  const found = cutByPair(output.toString("latin1"));
  const lists = new Map<string, readonly SetBack[]>();
  for (const [from, to, id] of pairs)
    lists.set(id, await filter.setBack(found.get(`${from} ${to}`) ?? []));
  return lists;
}

/** Each pair of trees is announced by a line, its changes follow as fields that end with a zero byte. */
function cutByPair(text: string): ReadonlyMap<string, readonly TreeChange[]> {
  const found = new Map<string, readonly TreeChange[]>();
  let pair = "";
  let fields: string[] = [];
  const all = text.split("\0");
  for (let at = 0; at < all.length; at += 1) {
    const field = all[at] ?? "";
    const head = /^([0-9a-f]+ [0-9a-f]+)\n([^]*)$/.exec(field);
    if (head !== null) {
      if (pair !== "") found.set(pair, parseRaw(fields));
      [, pair = ""] = head;
      fields = [];
    }
    const first = head === null ? field : (head[2] ?? "");
    if (!first.startsWith(":")) continue;
    fields.push(first, all[at + 1] ?? "");
    // The path, whatever it looks like.
    at += 1;
  }
  if (pair !== "") found.set(pair, parseRaw(fields));
  return found;
}

type CommitHead = Pick<CommitOrder, "author" | "committer" | "encoding" | "message">;

/** Author, time and message; a signature would not fit any more. */
async function readHeads(
  stage: Stage,
  commits: readonly NewCommit[],
  committer: string,
): Promise<ReadonlyMap<string, CommitHead>> {
  const heads = new Map<string, CommitHead>();
  let parts: Buffer[] = [];
  let current = "";
  await readBlobs(
    stage,
    commits.map(({ id }) => id),
    {
      begin(index) {
        current = commits[index]?.id ?? "";
        parts = [];
      },
      data: (piece) => void parts.push(piece),
      end: () => void heads.set(current, headOf(Buffer.concat(parts), committer)),
    },
  );
  return heads;
}

function headOf(commit: Buffer, committer: string): CommitHead {
  const cut = commit.indexOf("\n\n");
  const lines = commit.toString("latin1", 0, cut).split("\n");
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const time = / ([0-9]+ [+-][0-9]{4})$/.exec(field("committer") ?? "")?.[1] ?? "0 +0000";
  return {
    author: field("author"),
    committer: `${committer} ${time}`,
    encoding: field("encoding"),
    message: commit.subarray(cut + 2),
  };
}
