/** The proxy door where others than one bottle could reach it: its client must show a placeholder with every request. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestHead } from "../http/request-head.ts";
import { readings } from "../placeholder.ts";
import { Refusal } from "../refusal.ts";
import type { Door } from "./door.ts";

const field = "proxy-authorization";

/**
 * `accepted` are placeholders of this gateway; the route door demands that of its credential anyway. Asked for is Basic (RFC 7617):
 * proxy URLs with user and password are what every client knows.
 */
export function createClientDoor(door: Door, accepted: () => readonly string[]): Door {
  return {
    route(head) {
      if (head.method === "CONNECT" || !head.target.startsWith("/")) {
        if (!shows(head, accepted())) throw unknownClient();
        // It was for the gateway alone (RFC 9110 section 11.7.2); the scan would take it for a value on its way out.
        blank(head.bytes);
      }
      return door.route(head);
    },
  };
}

function shows({ fields }: RequestHead, accepted: readonly string[]): boolean {
  const values = fields.values.filter((_value, index) => fields.lowers[index] === field);
  const [value] = values;
  if (value === undefined || values.length > 1) return false;
  let shown = false;
  for (const text of readings(value).map(digest))
    for (const placeholder of accepted.map(digest))
      if (timingSafeEqual(text, placeholder)) shown = true;
  return shown;
}

/** Of one length, whatever was given. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text, "latin1").digest();
}

function blank(head: Buffer): void {
  const text = head.toString("latin1").toLowerCase();
  const at = text.indexOf(`\r\n${field}:`);
  const from = at + 3 + field.length;
  const end = text.indexOf("\r\n", from);
  if (at >= 0) head.fill("*", from, end < 0 ? undefined : end);
}

/** 407 and not 403: clients that know user and password send them only when asked (libcurl in git). */
function unknownClient(): Refusal {
  return new Refusal("client-unknown", "The proxy needs the gateway's placeholder as password.", {
    status: 407,
    reason: "the request did not show a placeholder of this gateway in Proxy-Authorization",
  });
}
