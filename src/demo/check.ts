/** One thing the demo claims, and whether it was seen. */

export interface Check {
  /** Stable, kebab-case. */
  readonly name: string;
  readonly ok: boolean;
  /** What happened, in a few plain ASCII words. */
  readonly detail: string;
}

/** A check with what a reader of the table needs. */
export interface ShownCheck extends Check {
  readonly part: "agent" | "attack" | "proof";
  /** What was tried, in plain words. */
  readonly tried: string;
  /** The run ended before it came to this. */
  readonly reached?: false;
}

const maxDetail = 160;

/** Text that may come from a bottle, cut down to what is safe in a table and in one line of JSON. */
export function plainText(text: string, max: number = maxDetail): string {
  const plain = text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .trim();
  return plain.length <= max ? plain : `${plain.slice(0, max - 3)}...`;
}
