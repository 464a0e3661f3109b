/** Splits a command line into words without any shell: quotes group, and nothing is expanded. */

/** The words, or undefined if a quote is not closed or a backslash stands outside single quotes. */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quoted: string | undefined;
  for (const character of line) {
    if (quoted !== undefined) {
      if (character === quoted) quoted = undefined;
      else if (character === "\\" && quoted === '"') return undefined;
      else word = (word ?? "") + character;
    } else if (character === "'" || character === '"') {
      quoted = character;
      word ??= "";
    } else if (character === " " || character === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "\\") return undefined;
    else word = (word ?? "") + character;
  }
  if (quoted !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
