/** The little of Markdown that the docs test reads: fenced blocks, links, and names of files in the text. */

export interface Block {
  /** What stands after the opening fence. */
  readonly info: string;
  readonly body: string;
  /** The last line before the fence that is not empty. */
  readonly above: string;
  /** Of the opening fence; counts from 1. */
  readonly line: number;
}

/** Fenced code blocks (CommonMark 4.5, backticks only). */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  let above = "";
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const fence = /^(`{3,}) *(.*)$/.exec(line);
    if (fence === null) {
      if (line.trim() !== "") above = line.trim();
      continue;
    }
    const close = lines.indexOf(fence[1] ?? "", index + 1);
    if (close < 0) throw new Error(`line ${index + 1}: a fence that is never closed`);
    const body = `${lines.slice(index + 1, close).join("\n")}\n`;
    blocks.push({ info: (fence[2] ?? "").trim(), body, above, line: index + 1 });
    above = "";
    index = close;
  }
  return blocks;
}

/** Targets of links into this repository; those to the web are not looked at. */
export function linksOf(text: string): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** What looks like a path of this repository, wherever it stands, up to the first placeholder or glob. */
export function pathsOf(text: string): readonly string[] {
  const found = text.matchAll(
    /(?<![\w./@-])(?:src|tests?|scripts|docs|examples|bench|images)\/[\w./-]*/g,
  );
  return [...new Set([...found].map(([path]) => path.replace(/[.-]+$/, "")))];
}
