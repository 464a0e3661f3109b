/** The handshake of a WebSocket (RFC 6455 section 4), asked and answered: nothing is taken for one that is not exactly one. */
import { createHash } from "node:crypto";
import type { Fields } from "../http/fields.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { Permit } from "../pipeline.ts";
import { Refusal, malformed } from "../refusal.ts";

/** Refuses every upgrade but a whole request for a WebSocket that the credential of the host allows. */
export function checkUpgrade(head: RequestHead, { bound }: Pick<Permit, "bound">): void {
  if (only(head.fields, "upgrade")?.toLowerCase() !== "websocket")
    throw new Refusal("upgrade-not-supported", "No other upgrade than to WebSocket is relayed.", {
      fatal: true,
    });
  // 426 (RFC 9110 section 15.5.22): clients that try a WebSocket first go on without (codex does).
  if (bound !== undefined && bound.credential.upgrades !== true)
    throw new Refusal("upgrade-not-supported", "This host is asked by plain requests.", {
      status: 426,
    });
  if (head.method !== "GET" || head.framing !== 0) throw malformed("a WebSocket begins with GET");
  if (!names(head.fields, "connection", "upgrade"))
    throw malformed("its connection field does not name upgrade");
  if (only(head.fields, "sec-websocket-version") !== "13")
    throw malformed("its WebSocket is not of version 13");
  const key = only(head.fields, "sec-websocket-key") ?? "";
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)) throw malformed("its WebSocket key is not one");
}

/** Whether an answer with status 101 is the one that was asked for. */
export function answersUpgrade({ fields: asked }: RequestHead, { fields }: ResponseHead): boolean {
  const key = only(asked, "sec-websocket-key") ?? "";
  const accept = createHash("sha1")
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  // None was offered: both sides then read the same bytes as we do.
  if (fields.lowers.includes("sec-websocket-extensions")) return false;
  const protocol = fields.first("sec-websocket-protocol");
  const one = protocol === undefined || protocol === only(fields, "sec-websocket-protocol");
  return (
    only(fields, "upgrade")?.toLowerCase() === "websocket" &&
    names(fields, "connection", "upgrade") &&
    only(fields, "sec-websocket-accept") === accept &&
    one &&
    (protocol === undefined || listed(asked, "sec-websocket-protocol").includes(protocol))
  );
}

/** The value of a field that came exactly once. */
function only({ lowers, values }: Fields, lower: string): string | undefined {
  const index = lowers.indexOf(lower);
  return index < 0 || lowers.includes(lower, index + 1) ? undefined : values[index];
}

function listed({ lowers, values }: Fields, lower: string): readonly string[] {
  return values.flatMap((value, index) =>
    lowers[index] === lower ? value.split(",").map((part) => part.trim()) : [],
  );
}

function names(fields: Fields, lower: string, word: string): boolean {
  return listed(fields, lower).some((part) => part.toLowerCase() === word);
}
