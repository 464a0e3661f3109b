/** Makes text from a bottle fit for the audit log: plain ASCII, capped, and query values only as hashes. */
import type { AuditEvent } from "../gateway/config.ts";

const maxPath = 512;
const maxName = 64;
const maxQuery = 16;
const maxReason = 500;

/** Printable ASCII; everything else is written as an escape, and what is too long ends in `…` and its length. */
export function sanitizeText(text: string, cap: number): string {
  if (text.length <= cap && !unfit.test(text)) return text;
  const escaped = text
    .slice(0, cap)
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, (char) =>
      char === "\\" ? "\\\\" : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return text.length > cap ? `${escaped}[${text.length} characters]` : escaped;
}

/** `hash` gives a short keyed hash: equal values can be seen to be equal, and none can be read. */
export function sanitizePath(target: string, hash: (value: string) => string): string {
  const mark = target.indexOf("?");
  if (mark < 0) return sanitizeText(target, maxPath);
  const fields = target.slice(mark + 1, mark + 1 + 65_536).split("&");
  const shown = fields.slice(0, maxQuery).map((field) => {
    const equal = field.indexOf("=");
    const name = equal < 0 ? "" : `${sanitizeText(field.slice(0, equal), maxName)}=`;
    const value = field.slice(equal + 1);
    return value === "" ? name : `${name}#${hash(value)}`;
  });
  const more = fields.length > maxQuery ? `&[${fields.length} fields]` : "";
  return `${sanitizeText(target.slice(0, mark), maxPath)}?${shown.join("&")}${more}`;
}

/** Characters of each text at most. */
const caps = {
  authority: 300,
  method: 32,
  code: 64,
  reason: maxReason,
  credential: 128,
} as const;
const capped = Object.keys(caps) as readonly (keyof typeof caps)[];
/** What sanitized text does not have as it is. */
const unfit = /[^\x20-\x5b\x5d-\x7e]/;

/**
 * One event as it may stand in the log. `scrub` takes secrets and placeholders out first: a cap that cuts through one
 * would leave its beginning, and an escape in it would hide it.
 */
export function sanitizeEvent(
  event: AuditEvent,
  hash: (value: string) => string,
  scrub: (text: string) => string,
): AuditEvent {
  const texts: string[] = [];
  for (const name of capped) {
    const text = event[name];
    if (text !== undefined) texts.push(text);
  }
  texts.push(event.path ?? "");
  const seen = scrubbed(texts, scrub);
  const clean: { -readonly [Name in keyof AuditEvent]: AuditEvent[Name] } = { ...event };
  let index = 0;
  for (const name of capped)
    if (event[name] !== undefined) clean[name] = sanitizeText(seen[index++] as string, caps[name]);
  if (event.path !== undefined) clean.path = sanitizePath(seen[index] as string, hash);
  return clean;
}

/** Begins no encoding that a search would have to read, and is in no value. */
const between = "\0";

/** Looks through all of them at once, which is five times as fast; one by one where that is not plainly the same. */
function scrubbed(texts: readonly string[], scrub: (text: string) => string): readonly string[] {
  const joined = texts.join(between);
  const clean = scrub(joined);
  if (clean === joined) return texts;
  if (clean.length !== joined.length) return texts.map(scrub);
  const parts: string[] = [];
  let at = 0;
  for (const { length } of texts) {
    // A value that reaches from one text into the next is in neither.
    if (at > 0 && clean[at - 1] !== between) return texts.map(scrub);
    parts.push(clean.slice(at, at + length));
    at += length + 1;
  }
  return parts;
}
