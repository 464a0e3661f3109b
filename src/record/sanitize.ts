/** Makes text from a bottle fit for the audit log: plain ASCII, capped, and query values only as hashes. */
import type { AuditEvent } from "../gateway/config.ts";

const maxPath = 512;
const maxName = 64;
const maxQuery = 16;
const maxReason = 500;

/** Printable ASCII; everything else is written as an escape, and what is too long ends in `…` and its length. */
export function sanitizeText(text: string, cap: number): string {
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

/**
 * One event as it may stand in the log. `scrub` takes secrets and placeholders out first: a cap that cuts through one
 * would leave its beginning, and an escape in it would hide it.
 */
export function sanitizeEvent(
  event: AuditEvent,
  hash: (value: string) => string,
  scrub: (text: string) => string,
): AuditEvent {
  const texts: Record<string, string> = {};
  const caps = {
    authority: 300,
    method: 32,
    code: 64,
    reason: maxReason,
    credential: 128,
  } as const;
  for (const [name, cap] of Object.entries(caps)) {
    const text = event[name as keyof typeof caps];
    if (text !== undefined) texts[name] = sanitizeText(scrub(text), cap);
  }
  if (event.path !== undefined) texts["path"] = sanitizePath(scrub(event.path), hash);
  return { ...event, ...texts };
}
