/** What a bottle's commits say of themselves; nothing of it is proven, all of it is hostile text. */
import { readBlobs } from "../stage/blobs.ts";
import type { Stage } from "../stage/stage.ts";

export interface CommitLine {
  readonly id: string;
  /** Name and address, as bytes. */
  readonly author: Buffer;
  readonly subject: Buffer;
}

const maxCommits = 1_000;
const maxText = 1_000;

/** In the order of `ids`, as many as are worth showing. */
export async function readCommits(
  stage: Stage,
  ids: readonly string[],
): Promise<readonly CommitLine[]> {
  const wanted = ids.slice(0, maxCommits);
  const lines: CommitLine[] = [];
  let id = "";
  let parts: Buffer[] = [];
  await readBlobs(stage, wanted, {
    begin(index) {
      id = wanted[index] ?? "";
      parts = [];
    },
    data: (piece) => void parts.push(piece),
    end: () => void lines.push(lineOf(id, Buffer.concat(parts))),
  });
  return lines;
}

function lineOf(id: string, commit: Buffer): CommitLine {
  const cut = commit.indexOf("\n\n");
  const head = commit.toString("latin1", 0, cut);
  const author = /^author ([^\n]*) [0-9]+ [+-][0-9]+$/m.exec(head)?.[1] ?? "";
  const message = commit.toString("latin1", cut + 2);
  const subject = message.trimStart().split("\n", 1)[0] ?? "";
  return {
    id,
    author: Buffer.from(author.slice(0, maxText), "latin1"),
    subject: Buffer.from(subject.slice(0, maxText), "latin1"),
  };
}
