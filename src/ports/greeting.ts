/**
 * Servers that speak first. What reaches a browser before its request was judged would be taken for the answer to it
 * (Chromium 156, measured), so that a refusal came too late.
 */

/** Bytes in which a browser looks for the beginning of an answer: 4 Chromium (measured), 11 Firefox. */
const window = 12;
/** On its default port a browser takes any bytes for an answer (HTTP/0.9; measured). */
const defaultPort = 80;
const beginnings = ["http", "icy "] as const;

/** Whether no browser could take this for an answer; `whole`: nothing will follow it. */
export function isGreeting(bytes: Buffer, hostPort: number, whole: boolean): boolean {
  if (hostPort === defaultPort || (bytes.length < window && !whole)) return false;
  const text = bytes.toString("latin1", 0, window).toLowerCase();
  for (let at = 0; at < text.length; at += 1)
    for (const word of beginnings)
      if (word.startsWith(text.slice(at, at + word.length))) return false;
  return true;
}
