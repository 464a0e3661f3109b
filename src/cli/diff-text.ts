/** The summary and the table of `bottle diff`. */
import type { Style } from "../plan/style.ts";
import { escapeBytes } from "../terminal/print.ts";
import type { BottleDiff, FileDiff } from "../workspace/diff/diff.ts";
import { count, pathText } from "./marks.ts";

/** Commits that are named. */
const maxCommits = 20;

export function diffSummary(found: BottleDiff, style: Style): string {
  const { files, commits, commitCount, base, skipped, otherBranches } = found;
  const lines = files.flatMap((file) => (file.lines === undefined ? [] : [file.lines]));
  const sum = (pick: (one: (typeof lines)[number]) => number): number =>
    lines.reduce((total, one) => total + pick(one), 0);
  const parts = [
    ...(commitCount > 0
      ? [
          `${count(commitCount, "new commit")}${base === undefined ? "" : ` on ${base.slice(0, 10)}`}`,
        ]
      : []),
    `${count(files.length, "file")} changed`,
    `${count(
      sum(({ added }) => added),
      "line",
    )} added`,
    `${sum(({ removed }) => removed)} removed`,
  ];
  const notes = [
    ...skipped.map(({ path, reason }) => `left out: ${pathText(path)}: ${reason}`),
    ...otherBranches.map((branch) => `on another branch, not shown: ${pathText(branch)}`),
    ...(found.stashed ? ["in git stash, not shown: work that no commit of a branch holds"] : []),
    ...(found.cutOff
      ? ["an apply was cut off while it wrote; the next one takes back what it left"]
      : []),
  ];
  const shown = commits.slice(0, maxCommits);
  const more = commitCount - shown.length;
  return [
    files.length === 0 && commitCount === 0 ? "Nothing changed in the bottle." : parts.join(", "),
    ...shown.map(({ id, subject }) => `  ${style.label(id.slice(0, 10))} ${escapeBytes(subject)}`),
    ...(more > 0 ? [`  and ${count(more, "older commit")}`] : []),
    ...notes.map((note) => style.dim(note)),
    "",
  ].join("\n");
}

/** One line for each file: its name, what changed, and what makes it dangerous. */
export function diffStat(files: readonly FileDiff[], style: Style, width: number): string {
  const names = files.map(({ path }) => pathText(path));
  const column = Math.min(Math.max(...names.map((name) => name.length)), Math.max(20, width - 40));
  const most = Math.max(
    1,
    ...files.map(({ lines }) => (lines?.added ?? 0) + (lines?.removed ?? 0)),
  );
  const bars = Math.min(most, Math.max(10, width - column - 20));
  return files
    .map((file, index) => {
      const reasons = [...new Set(file.marks.map(({ reason }) => reason))];
      const line = ` ${(names[index] ?? "").padEnd(column)} | ${statusText(file)} ${amount(file, bars / most)}`;
      return [line.trimEnd(), ...reasons.map((reason) => `   ${style.warn(reason)}`), ""].join(
        "\n",
      );
    })
    .join("");
}

function statusText({ before, after }: FileDiff): string {
  if (before === undefined) return "new    ";
  if (after === undefined) return "deleted";
  if (before.mode.slice(0, 3) !== after.mode.slice(0, 3)) return "type   ";
  return before.id === after.id ? "mode   " : "changed";
}

function amount(file: FileDiff, scale: number): string {
  const { lines, sizeBefore, sizeAfter } = file;
  if (lines === undefined) return `${sizeBefore ?? 0} -> ${sizeAfter ?? 0} bytes`;
  const bar = (sign: string, value: number): string =>
    sign.repeat(value === 0 ? 0 : Math.max(1, Math.round(value * scale)));
  return `${lines.added + lines.removed} ${bar("+", lines.added)}${bar("-", lines.removed)}`;
}
