/** A length of time on the command line: `30s`, `5m`, `500ms`. */

/** Milliseconds; at most an hour. */
export function durationOf(input: string): number {
  const [, digits, unit] = /^(\d{1,7})(ms|s|m)$/.exec(input) ?? [];
  const ms = Number(digits) * { ms: 1, s: 1000, m: 60_000 }[(unit ?? "s") as "ms" | "s" | "m"];
  if (digits !== undefined && ms <= 3_600_000) return ms;
  throw new Error("Write a time up to an hour, like 30s, 5m or 500ms.");
}
