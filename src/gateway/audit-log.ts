/** Writes audit events: names and paths from a bottle are capped, query values are hashed, and no held value is written. */
import { createHmac, randomBytes } from "node:crypto";
import { hostField } from "./authority.ts";
import type { AuditEvent, Authority } from "./config.ts";
import type { Scanner } from "./scan.ts";

const longestPath = 300;
const longestReason = 300;
const mostValues = 16;
/** Refusals and empty tunnels that are written at once, and each second from then on: a flood of them must not fill the disk. */
const burst = 1000;
const eachSecond = 10;

/** What is known of a request when its line is written. */
export interface AuditFacts {
  readonly event: AuditEvent["event"];
  readonly door?: "route" | "proxy" | undefined;
  readonly authority?: Authority | undefined;
  readonly method?: string | undefined;
  /** As it was sent. */
  readonly target?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly credential?: string | undefined;
  readonly sent?: number | undefined;
  readonly received?: number | undefined;
  readonly ms?: number | undefined;
}

export interface AuditLog {
  write(facts: AuditFacts): void;
  /** Says what was not listed until now. */
  close(): void;
}

export interface AuditLogOptions {
  now(): number;
  audit(event: AuditEvent): void;
  /** Finds what may not be written. */
  readonly scanner: Scanner | undefined;
}

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const key = randomBytes(16);
  const clean = (text: string): string =>
    options.scanner?.find(text) === undefined
      ? text
      : "(withheld: it holds a value that may not be written)";
  const hash = (value: string): string =>
    `#${createHmac("sha256", key).update(value, "latin1").digest("hex").slice(0, 12)}`;

  /** `?a=1&b` becomes `?a=#…&b`: names stay, values become hashes that are equal for equal values in one bottle. */
  const query = (text: string): string => {
    const parts = text.split("&");
    const kept = parts.slice(0, mostValues).map((part) => {
      const equals = part.indexOf("=");
      if (equals < 0) return hash(part);
      return `${clean(part.slice(0, equals)).slice(0, 60)}=${hash(part.slice(equals + 1))}`;
    });
    return `?${kept.join("&")}${parts.length > mostValues ? "&…" : ""}`;
  };
  const path = (target: string): string => {
    const mark = target.indexOf("?");
    if (mark < 0) return cap(clean(target), longestPath);
    return cap(
      `${cap(clean(target.slice(0, mark)), longestPath)}${query(target.slice(mark + 1))}`,
      2 * longestPath,
    );
  };

  let room = burst;
  let filledAt = options.now();
  let unlisted = 0;

  /** Whether one more of these may have a line of its own. */
  const hasRoom = (): boolean => {
    const time = options.now();
    room = Math.min(burst, room + (Math.max(0, time - filledAt) * eachSecond) / 1000);
    filledAt = time;
    if (room < 1) return false;
    room -= 1;
    return true;
  };

  const put = (facts: AuditFacts): void => {
    const { authority, target, reason } = facts;
    const event: { -readonly [Name in keyof AuditEvent]: AuditEvent[Name] } = {
      at: options.now(),
      event: facts.event,
    };
    // One by one: every request has its line, and a loop over names costs more than all the rest of it.
    if (facts.door !== undefined) event.door = facts.door;
    if (facts.method !== undefined) event.method = facts.method;
    if (facts.status !== undefined) event.status = facts.status;
    if (facts.code !== undefined) event.code = facts.code;
    if (facts.credential !== undefined) event.credential = facts.credential;
    if (facts.sent !== undefined) event.sent = facts.sent;
    if (facts.received !== undefined) event.received = facts.received;
    if (facts.ms !== undefined) event.ms = facts.ms;
    if (authority !== undefined)
      event.authority = clean(`${authority.scheme}://${hostField(authority)}`);
    if (target !== undefined) event.path = path(target);
    if (reason !== undefined) event.reason = cap(clean(reason), longestReason);
    options.audit(event);
  };

  const tellUnlisted = (): void => {
    if (unlisted === 0) return;
    const reason = `${unlisted} refusals and tunnels more came in a flood and are not listed`;
    unlisted = 0;
    put({ event: "note", reason });
  };

  return {
    write(facts) {
      // What carried bytes has its line, however many there are: a tunnel that nobody reads has no other.
      const empty = facts.sent === undefined;
      if (empty && (facts.event === "refused" || facts.event === "connect") && !hasRoom()) {
        unlisted += 1;
        return;
      }
      tellUnlisted();
      put(facts);
    },
    close: tellUnlisted,
  };
}

/** Printable ASCII only, and not longer than `limit`. */
function cap(text: string, limit: number): string {
  const plain = text.replace(
    /[^\x20-\x7e…]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return plain.length > limit ? `${plain.slice(0, limit)}…` : plain;
}
