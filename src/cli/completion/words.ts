/** The words of an unfinished command line, as shells hand them over, made into what the command table can complete. */

export interface Typed {
  /** The words before the one that is being typed, and that one, without a flag's name. */
  readonly words: readonly string[];
  /** Stands before every candidate, because the shell replaces it as well. */
  readonly prefix: string;
}

/**
 * bash cuts words at `=` (COMP_WORDBREAKS) and replaces what stands behind it; other shells keep `--flag=value` whole.
 * Undefined behind `--`: those words are the agent's.
 */
export function typedWords(raw: readonly string[]): Typed | undefined {
  const joined: string[] = [];
  for (let index = 0; index < raw.length; index += 1) {
    const word = raw[index] ?? "";
    const before = joined.at(-1);
    if (word === "=" && before !== undefined && before.startsWith("--") && index > 0) {
      joined[joined.length - 1] = `${before}=${raw[index + 1] ?? ""}`;
      index += 1;
    } else joined.push(word);
  }
  const last = joined.pop() ?? "";
  if (joined.includes("--")) return undefined;
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  if (flag === undefined || value === undefined) return { words: [...joined, last], prefix: "" };
  const whole = raw.at(-1)?.startsWith("--") === true;
  return { words: [...joined, flag, value], prefix: whole ? `${flag}=` : "" };
}

/** The value of a flag among the words, in either spelling. */
export function flagValue(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  if (at >= 0) return words[at + 1];
  return words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}
