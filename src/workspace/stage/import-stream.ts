/** git fast-import(1) as calls: trees and commits are made from a pipe, so that git never opens a path of the bottle. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { bytesOf } from "../names.ts";
import { writeContent } from "./content.ts";
import type { Entry } from "./entry.ts";
import { writeTo } from "./git.ts";
import { quotePath } from "./paths.ts";
import type { OpenFile } from "../safe-folder.ts";
import type { Stage } from "./stage.ts";

export interface CommitOrder {
  /** Ids, or marks of commits of the same stream. */
  readonly parents: readonly (string | number)[];
  /** Starts with exactly this tree, instead of the first parent's. */
  readonly tree?: string | undefined;
  /** `Name <address> seconds zone`. */
  readonly author?: string | undefined;
  readonly committer: string;
  readonly encoding?: string | undefined;
  readonly message: Buffer;
}

/** Edits belong to the commit that was begun last; deletions come first, as a file may have become a folder. */
export interface ImportStream {
  /** Begins a commit; returns its mark. */
  commit(order: CommitOrder): Promise<number>;
  remove(path: string): Promise<void>;
  entry(path: string, entry: Entry): Promise<void>;
  link(path: string, to: Buffer): Promise<void>;
  file(path: string, file: OpenFile): Promise<void>;
  /** A file without content. */
  empty(path: string): Promise<void>;
}

const ref = "refs/heads/import";

/** Runs one stream; returns the ids of its commits by their marks. */
export async function importCommits(
  stage: Stage,
  step: string,
  write: (stream: ImportStream) => Promise<void>,
): Promise<ReadonlyMap<number, string>> {
  const marks = join(stage.folder, "marks");
  await stage.git({
    step,
    argv: [
      "fast-import",
      "--quiet",
      "--done",
      "--force",
      "--date-format=raw-permissive",
      `--export-marks=${marks}`,
    ],
    input: async (stdin) => {
      await write(streamTo(stdin, stage));
      await writeTo(stdin, "done\n");
    },
  });
  const lines = (await readFile(marks, "latin1")).split("\n");
  return new Map(
    lines
      .map((line) => /^:([0-9]+) ([0-9a-f]+)$/.exec(line))
      .filter((found) => found !== null)
      .map(([, mark, id = ""]) => [Number(mark), id]),
  );
}

function streamTo(stdin: Writable, stage: Stage): ImportStream {
  let last = 0;
  const put = (text: string): Promise<void> => writeTo(stdin, bytesOf(text));
  return {
    async commit({ parents, tree, author, committer, encoding, message }) {
      last += 1;
      const [first, ...others] = parents.map((one) => (typeof one === "number" ? `:${one}` : one));
      // Without the reset a commit without parents would follow the one before.
      await put(`reset ${ref}\ncommit ${ref}\nmark :${last}\n`);
      if (author !== undefined) await put(`author ${author}\n`);
      await put(`committer ${committer}\n`);
      if (encoding !== undefined) await put(`encoding ${encoding}\n`);
      await put(`data ${message.length}\n`);
      await writeTo(stdin, Buffer.concat([message, Buffer.from("\n")]));
      if (first !== undefined) await put(`from ${first}\n`);
      for (const other of others) await put(`merge ${other}\n`);
      if (tree !== undefined) await put(`M 040000 ${tree} ""\n`);
      return last;
    },
    remove: (path) => put(`D ${quotePath(path)}\n`),
    entry: (path, { mode, id }) => put(`M ${mode} ${id} ${quotePath(path)}\n`),
    async link(path, to) {
      await put(`M 120000 inline ${quotePath(path)}\ndata ${to.length}\n`);
      await writeTo(stdin, Buffer.concat([to, Buffer.from("\n")]));
    },
    async file(path, file) {
      await put(`M ${file.executable ? "100755" : "100644"} inline ${quotePath(path)}\n`);
      await writeContent(file, stdin, stage.folder);
    },
    empty: (path) => put(`M 100644 inline ${quotePath(path)}\ndata 0\n\n`),
  };
}

/** Never seen by anyone: such a commit is but the handle of a tree. */
export function handleOn(parent: string | undefined): CommitOrder {
  return {
    parents: parent === undefined ? [] : [parent],
    committer: "claude-bottle <stage@claude-bottle.invalid> 0 +0000",
    message: Buffer.from("handle\n"),
  };
}

/** A tree like another one, with some edits. */
export async function editTree(
  stage: Stage,
  tree: string,
  edit: (stream: ImportStream) => Promise<void>,
): Promise<string> {
  const commits = await importCommits(stage, "make a tree", async (stream) => {
    await stream.commit({ ...handleOn(undefined), tree });
    await edit(stream);
  });
  return treeOf(stage, commits.get(1) ?? "");
}

/** One commit of a tree that is there; returns its id. */
export async function commitTree(stage: Stage, order: CommitOrder): Promise<string> {
  const commits = await importCommits(stage, "commit the bottle's loose files", async (stream) => {
    await stream.commit(order);
  });
  return commits.get(1) ?? "";
}

/** The tree of a commit. */
export async function treeOf(stage: Stage, commit: string): Promise<string> {
  return (await treesOf(stage, [commit])).get(commit) ?? "";
}

/** The same for several. */
export async function treesOf(
  stage: Stage,
  commits: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (commits.length === 0) return new Map();
  const { output } = await stage.git({
    step: "read the trees of commits",
    argv: ["rev-parse", ...commits.map((commit) => `${commit}^{tree}`)],
  });
  const trees = output.toString("latin1").split("\n");
  return new Map(commits.map((commit, index) => [commit, trees[index] ?? ""]));
}

/** The tree without files: git knows it in every repository, whether it is stored there or not. */
export function emptyTree({ format }: Stage): string {
  return createHash(format).update("tree 0\0").digest("hex");
}
