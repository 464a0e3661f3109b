/** The answer of `bottle diff --format json`. */
import { escapeBytes } from "../terminal/print.ts";
import type { BottleDiff, FileDiff } from "../workspace/diff/diff.ts";
import { pathJson } from "./marks.ts";

export function diffJson(id: string, found: BottleDiff): object {
  return {
    id,
    repository: found.repository,
    base: found.base ?? null,
    commitCount: found.commitCount,
    commits: found.commits.map(({ id: commit, author, subject }) => ({
      id: commit,
      author: escapeBytes(author),
      subject: escapeBytes(subject),
    })),
    files: found.files.map(fileJson),
    skipped: found.skipped.map(({ path, reason }) => ({ ...pathJson(path), reason })),
    otherBranches: found.otherBranches.map((branch) => pathJson(branch).path),
    stashed: found.stashed,
    untouched: found.untouched,
    cutOff: found.cutOff,
  };
}

function fileJson(file: FileDiff): object {
  const { path, before, after, lines, sizeBefore, sizeAfter, marks } = file;
  return {
    ...pathJson(path),
    before: before === undefined ? null : { mode: before.mode, size: sizeBefore ?? null },
    after: after === undefined ? null : { mode: after.mode, size: sizeAfter ?? null },
    lines: lines ?? null,
    marks,
  };
}
