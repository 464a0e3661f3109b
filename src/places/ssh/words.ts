/** What ssh, and whoever speaks through it, has said: short, and nothing in it that steers a terminal. */

/** Characters that an error repeats. */
const maxWords = 300;

/** The last lines, which say why; a banner of the other side comes before them. */
export function lastWords(said: string): string {
  const lines = said
    .split("\n")
    .map((line) => line.replaceAll(/[^\x20-\x7e]+/g, " ").trim())
    .filter((line) => line !== "" && !/^@+$/.test(line));
  return lines.slice(-3).join("; ").slice(-maxWords);
}
