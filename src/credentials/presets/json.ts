/** Reads a JSON body that other programs will read too: whatever two parsers could see differently is refused. */

export type JsonReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string };

/** Levels of objects and arrays. */
const maxDepth = 200;

/** Strict RFC 8259: UTF-8 without byte order mark, no key twice in one object (section 4), bounded depth. */
export function readJson(body: Buffer): JsonReading {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return { ok: false, why: "it is not valid UTF-8" };
  }
  // Depth first: no parser is handed what could exhaust its stack.
  const why =
    text.charCodeAt(0) === 0xfeff ? "it begins with a byte order mark" : structureTrouble(text);
  if (why !== undefined) return { ok: false, why };
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return { ok: false, why: "it is not JSON" };
  }
}

const quote = 0x22;

/**
 * Walks the text once for depth and repeated keys. It need not judge syntax: what it misreads is no JSON, and the
 * parser after it says so.
 */
function structureTrouble(text: string): string | undefined {
  /** Keys seen in each open object; null for an array. */
  const open: (Set<string> | null)[] = [];
  let last: { readonly from: number; readonly end: number } | undefined;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = stringEnd(text, at);
        if (end < 0) return "it is not JSON";
        last = { from: at, end: end + 1 };
        at = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        if (open.length === maxDepth) return "it is nested too deeply";
        open.push(text.charCodeAt(at) === 0x7b ? new Set() : null);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        break;
      case 0x3a: {
        // A colon outside of strings stands behind a key.
        const keys = open.at(-1);
        const key = last === undefined ? undefined : keyText(text.slice(last.from, last.end));
        if (key === undefined || keys === undefined || keys === null) return "it is not JSON";
        if (keys.has(key)) return "a key stands twice in one object";
        keys.add(key);
        // Each colon has a key of its own.
        last = undefined;
        break;
      }
    }
  }
  return undefined;
}

/** The index of the quote that ends the string, or -1. */
function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

/** A key as it reads, so that escapes cannot hide a second one. */
function keyText(quoted: string): string | undefined {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
