/** Lines of at most 80 columns: a label in a left column, the text beside it, long text wrapped under itself. */
import { escapeControls } from "../manifest/quote.ts";

export const width: number = 80;

/** Breaks text at spaces, or hard where there is none; escapes what a terminal could obey. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of escapeControls(text).split(" ")) {
    let rest = word;
    if (line !== "" && line.length + 1 + rest.length <= columns) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== "") lines.push(line);
    while (rest.length > columns) {
      lines.push(rest.slice(0, columns));
      rest = rest.slice(columns);
    }
    line = rest;
  }
  return [...lines, line];
}

/** Rows of cells as aligned lines; the last cell wraps under itself, the others are as wide as their widest, up to a bound. */
export function table(rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const escaped = rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : escapeControls(cell))),
  );
  const widths: number[] = [];
  for (const row of escaped) {
    for (const [index, cell] of row.slice(0, -1).entries())
      widths[index] = Math.max(widths[index] ?? 0, Math.min(cell.length, 34));
  }
  return escaped.flatMap((row) => {
    let head = "";
    const lines: string[] = [];
    for (const [index, cell] of row.slice(0, -1).entries()) {
      const wide = widths[index] ?? 0;
      if (cell.length > wide) {
        // A cell too long for its column has lines of its own.
        lines.push(...wrap(head + cell, columns));
        head = " ".repeat(head.length + wide + 2);
      } else head += `${cell.padEnd(wide)}  `;
    }
    const [first = "", ...more] = wrap(row.at(-1) ?? "", Math.max(columns - head.length, 20));
    const indent = " ".repeat(head.length);
    if (first !== "" || lines.length === 0) lines.push(`${head}${first}`.trimEnd());
    return [...lines, ...more.map((line) => indent + line)];
  });
}
