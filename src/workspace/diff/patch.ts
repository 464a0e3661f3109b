/** The patch between two trees as lines, each with what it is; what a line holds is hostile. */
import type { Readable } from "node:stream";
import { plainDiff } from "../changes/change-list.ts";
import { gitFailed } from "../stage/errors.ts";
import type { Stage } from "../stage/stage.ts";

export interface PatchLine {
  readonly kind: "file" | "head" | "hunk" | "added" | "removed" | "same" | "note";
  readonly bytes: Buffer;
  /** Bytes of the line that are not shown. */
  readonly cut: number;
}

export interface PatchOptions {
  readonly from: string;
  readonly to: string;
  /** Sizes of blobs, by id. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Bytes of one line that are shown: minified files have lines of megabytes. */
const maxLine = 4096;

/** False from `take` ends it early. */
export async function streamPatch(
  stage: Stage,
  { from, to, sizes }: PatchOptions,
  take: (line: PatchLine) => Promise<boolean>,
): Promise<void> {
  if (from === to) return;
  let ended = false;
  const { code } = await stage.git({
    step: "compare two trees",
    argv: [
      "-c",
      "core.quotePath=false",
      "-c",
      "core.bigFileThreshold=8m",
      "diff-tree",
      ...plainDiff,
      "--patch",
      "--full-index",
      "--find-renames",
      "-l1000",
      "--src-prefix=a/",
      "--dst-prefix=b/",
      from,
      to,
    ],
    // A pipe that we closed ends it by a signal.
    codes: [0, 141, -1],
    output: async (stdout) => {
      const reader = createReader(sizes);
      for await (const { bytes, cut } of linesOf(stdout)) {
        const line = reader(bytes, cut);
        if (line === undefined || (await take(line))) continue;
        ended = true;
        stdout.destroy();
        return;
      }
    },
  });
  if (code !== 0 && !ended) throw gitFailed("compare two trees", "It was ended.");
}

/** Within a hunk every line begins with its sign; a line that begins otherwise ends it. */
function createReader(
  sizes: ReadonlyMap<string, number>,
): (bytes: Buffer, cut: number) => PatchLine | undefined {
  let inHunk = false;
  let ids: readonly string[] = [];
  return (bytes, cut) => {
    const text = bytes.toString("latin1");
    const line = (kind: PatchLine["kind"]): PatchLine => ({ kind, bytes, cut });
    if (text.startsWith("diff --git ")) {
      inHunk = false;
      return line("file");
    }
    if (text.startsWith("@@ ")) {
      inHunk = true;
      return line("hunk");
    }
    if (inHunk) return line(signs[text[0] ?? " "] ?? "note");
    const index = /^index ([0-9a-f]+)\.\.([0-9a-f]+)/.exec(text);
    if (index !== null) {
      ids = index.slice(1);
      return undefined;
    }
    if (!text.startsWith("Binary files ")) return line("head");
    const [before = "", after = ""] = ids.map((id) => sizeText(id, sizes));
    return { kind: "note", bytes: Buffer.from(`Not text: ${before} before, ${after} now`), cut: 0 };
  };
}

const signs: Readonly<Record<string, PatchLine["kind"]>> = {
  "+": "added",
  "-": "removed",
  " ": "same",
};

function sizeText(id: string, sizes: ReadonlyMap<string, number>): string {
  if (/^0+$/.test(id)) return "nothing";
  const size = sizes.get(id);
  return size === undefined ? "of unknown size" : `${size} bytes`;
}

/** Lines without their ends, the long ones cut. */
async function* linesOf(stdout: Readable): AsyncGenerator<{ bytes: Buffer; cut: number }> {
  let parts: Buffer[] = [];
  let held = 0;
  let cut = 0;
  const add = (piece: Buffer): void => {
    const shown = piece.subarray(0, Math.max(0, maxLine - held));
    // A copy: the chunk would stay in memory for a few bytes of it.
    if (shown.length > 0) parts.push(Buffer.from(shown));
    held += shown.length;
    cut += piece.length - shown.length;
  };
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length;) {
      const end = chunk.indexOf(0x0a, at);
      add(chunk.subarray(at, end < 0 ? chunk.length : end));
      if (end < 0) break;
      yield { bytes: Buffer.concat(parts), cut };
      parts = [];
      held = 0;
      cut = 0;
      at = end + 1;
    }
  }
  if (held > 0) yield { bytes: Buffer.concat(parts), cut };
}
