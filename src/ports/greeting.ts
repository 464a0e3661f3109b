/**
 * Servers that speak first. What reaches a browser before its request was judged would be taken for the answer to it
 * (Chromium 156, measured), so that a refusal came too late.
 */

/** Bytes in which a browser looks for the beginning of an answer: 5 Chromium (measured), 11 Firefox. */
export const greetingWindow = 12;
/** On its default port a browser takes any bytes for an answer (HTTP/0.9; measured). */
const defaultPort = 80;
const beginnings = ["http", "icy "] as const;

/**
 * How many of a server's first bytes may go out to a caller who has not spoken: none from where an answer may begin.
 * `whole`: nothing will follow them.
 */
export function greetingLength(bytes: Buffer, hostPort: number, whole: boolean): number {
  if (hostPort === defaultPort) return 0;
  const text = bytes.toString("latin1", 0, greetingWindow + 3).toLowerCase();
  for (let at = 0; at < Math.min(text.length, greetingWindow); at += 1) {
    const here = text.slice(at, at + 4);
    if (beginnings.some((word) => (whole ? word === here : word.startsWith(here)))) return at;
  }
  return bytes.length;
}
