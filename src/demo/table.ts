/** The demo's result for people: what was tried and what happened, in boxes or in plain ASCII, at most 100 columns wide. */
import { foldChecks } from "./boundaries.ts";
import type { ShownCheck } from "./check.ts";

export interface TableStyle {
  /** Box drawing and check marks; false where the terminal is not UTF-8. */
  readonly unicode: boolean;
  readonly colour: boolean;
}

export interface TableHead {
  readonly title: string;
  readonly lines: readonly string[];
}

const titles = {
  agent: "the agent works",
  attack: "the agent is hijacked and tries to",
  proof: "probed before the agent started",
} as const;

/** Columns of text in the two wide cells; with frame and mark the table has 98 columns. */
const triedWidth = 46;
const detailWidth = 42;

const boxes = {
  unicode: { h: "─", v: "│", top: "┌┬┐", middle: "├┼┤", bottom: "└┴┘", ok: "✓", bad: "✗" },
  ascii: { h: "-", v: "|", top: "+++", middle: "+++", bottom: "+++", ok: "ok", bad: "NO" },
} as const;

type Box = (typeof boxes)["unicode" | "ascii"];

/** The whole table, with a last line that says it all. */
export function renderTable(
  head: TableHead,
  checks: readonly ShownCheck[],
  style: TableStyle,
): string {
  const box: Box = style.unicode ? boxes.unicode : boxes.ascii;
  const paint = painter(style.colour);
  const lines = [paint.bold(head.title), ...head.lines.map((line) => paint.dim(line)), ""];
  const shown = foldChecks(checks);
  const parts = (["agent", "attack", "proof"] as const)
    .map((part) => ({ title: titles[part], checks: shown.filter((check) => check.part === part) }))
    .filter((part) => part.checks.length > 0);
  for (const [index, part] of parts.entries()) {
    if (index > 0) lines.push("");
    lines.push(rule(box, box.top), titleRow(box, paint, part.title), rule(box, box.middle));
    for (const check of part.checks) lines.push(...row(box, paint, check));
    lines.push(rule(box, box.bottom));
  }
  lines.push("", verdict(box, paint, checks), "");
  return lines.join("\n");
}

function verdict(box: Box, paint: Painter, checks: readonly ShownCheck[]): string {
  const failed = checks.filter((check) => !check.ok);
  const told = failed.filter((check) => check.reached !== false);
  if (failed.length === 0) return paint.good(`${box.ok} all ${checks.length} checks hold`);
  const lines = wrap(told.map((check) => check.name).join(", "), 96);
  const head = `${box.bad} ${failed.length} of ${checks.length} checks do not hold:`;
  return paint.bad([head, ...lines.map((line) => `  ${line}`)].join("\n"));
}

function row(box: Box, paint: Painter, check: ShownCheck): readonly string[] {
  const tried = wrap(check.tried, triedWidth);
  const detail = wrap(check.detail, detailWidth);
  const height = Math.max(tried.length, detail.length);
  return Array.from({ length: height }, (_, line) => {
    const mark = (line > 0 ? "" : check.ok ? box.ok : box.bad).padEnd(2);
    return cells(box, [
      (tried[line] ?? "").padEnd(triedWidth),
      check.ok ? paint.good(mark) : paint.bad(mark),
      (detail[line] ?? "").padEnd(detailWidth),
    ]);
  });
}

function titleRow(box: Box, paint: Painter, title: string): string {
  const padded = title.padEnd(triedWidth);
  return cells(box, [paint.bold(padded), "  ", "what happened".padEnd(detailWidth)]);
}

function cells(box: Box, texts: readonly string[]): string {
  return `${box.v} ${texts.join(` ${box.v} `)} ${box.v}`;
}

function rule(box: Box, joints: string): string {
  const [left = "", joint = "", right = ""] = Array.from(joints);
  const widths = [triedWidth, 2, detailWidth].map((width) => box.h.repeat(width + 2));
  return `${left}${widths.join(joint)}${right}`;
}

/** Words on lines of at most `width` columns; a longer word is cut. The texts are ASCII. */
function wrap(text: string, width: number): readonly string[] {
  const lines = [""];
  for (const word of text
    .split(" ")
    .flatMap((one) => one.match(new RegExp(`.{1,${width}}`, "g")) ?? [])) {
    const last = lines.at(-1) ?? "";
    const joined = last === "" ? word : `${last} ${word}`;
    if (joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

interface Painter {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** SGR codes of ECMA-48, section 8.3.117. */
function painter(colour: boolean): Painter {
  const paint = (code: number) => (text: string) =>
    colour ? `\u001B[${code}m${text}\u001B[0m` : text;
  return { bold: paint(1), dim: paint(2), good: paint(32), bad: paint(31) };
}
