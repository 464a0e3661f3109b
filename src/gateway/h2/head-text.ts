/**
 * Heads of HTTP/2 written as heads of HTTP/1.1, so that one strict reader judges both and the scan sees one form. nghttp2 has
 * checked what RFC 9113 section 8 demands of names and pseudo-fields; what could end a line is looked for here once more.
 */
import { all, targetTable, tokenTable, valueTable } from "../http/chars.ts";
import { readFields } from "../http/fields.ts";
import type { Fields } from "../http/fields.ts";
import { chunked } from "../http/framing.ts";
import { parseRequestHead } from "../http/request-head.ts";
import type { RequestHead } from "../http/request-head.ts";
import { Refusal, malformed } from "../refusal.ts";

/** Name, value, name, value, as they came. */
export type RawHead = readonly string[];

/** RFC 9113 section 8.2.2: what belongs to a connection of HTTP/1.1 has no place here. */
const connectionSpecific: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** `ended`: no body follows. Throws a Refusal. */
export function h2RequestHead(raw: RawHead, ended: boolean, maxFields: number): RequestHead {
  const method = only(raw, ":method");
  const authority = only(raw, ":authority");
  // Extended CONNECT (RFC 8441) was not offered, and a tunnel within a tunnel leads nowhere.
  if (method === "CONNECT" || raw.some((name, index) => index % 2 === 0 && name === ":protocol"))
    throw new Refusal("target-form", "Inside a tunnel the target must be a path.");
  const target = only(raw, ":path");
  if (only(raw, ":scheme") !== "https") throw malformed("its scheme is not the tunnel's");
  if (!all(target, 0, target.length, targetTable) || !all(method, 0, method.length, tokenTable))
    throw malformed("its target has bytes that no target has");
  if (authority === "" || !all(authority, 0, authority.length, targetTable))
    throw malformed("its authority is not one host");
  const cookies: string[] = [];
  let text = `${method} ${target} HTTP/1.1\r\nhost: ${authority}\r\n`;
  eachField(raw, (name, value) => {
    if (connectionSpecific.has(name)) throw malformed("it has a field of HTTP/1.1 connections");
    if (name === "host") {
      if (value !== authority) throw differs();
    } else if (name === "cookie") cookies.push(value);
    else text += `${name}: ${value}\r\n`;
  });
  // Cut into pieces for the sake of compression; one field again for whoever knows only that (RFC 9113 section 8.2.3).
  if (cookies.length > 0) text += `cookie: ${cookies.join("; ")}\r\n`;
  const head = parseRequestHead(Buffer.from(text.slice(0, -2), "latin1"), maxFields);
  if (!ended)
    return head.fields.lowers.includes("content-length") ? head : { ...head, framing: chunked };
  if (head.framing !== 0) throw malformed("its body is shorter than its length");
  return head;
}

/** The head of an answer as bytes; its secrets are not taken out yet. */
export function h2ResponseBytes(raw: RawHead): Buffer {
  let text = `HTTP/1.1 ${only(raw, ":status")} \r\n`;
  eachField(raw, (name, value) => {
    if (connectionSpecific.has(name)) throw malformed("it has a field of HTTP/1.1 connections");
    text += `${name}: ${value}\r\n`;
  });
  return Buffer.from(text.slice(0, -2), "latin1");
}

/** Trailers, of either side. */
export function h2Trailers(raw: RawHead, maxFields: number): Fields {
  let text = "";
  eachField(raw, (name, value) => {
    text += `${name}: ${value}\r\n`;
  });
  return readFields(text.slice(0, -2), 0, maxFields);
}

function eachField(raw: RawHead, take: (name: string, value: string) => void): void {
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    if (name.startsWith(":")) continue;
    if (name === "" || name !== name.toLowerCase() || !all(name, 0, name.length, tokenTable))
      throw malformed("a header field has no plain name");
    if (!all(value, 0, value.length, valueTable))
      throw malformed("a header field has control bytes");
    take(name, value);
  }
}

function only(raw: RawHead, pseudo: string): string {
  let found: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index] !== pseudo) continue;
    if (found !== undefined) throw malformed(`it has more than one ${pseudo}`);
    found = raw[index + 1] as string;
  }
  if (found === undefined) {
    if (pseudo === ":path")
      throw new Refusal("target-form", "Inside a tunnel the target must be a path.");
    throw malformed(`it has no ${pseudo}`);
  }
  return found;
}

function differs(): Refusal {
  return new Refusal(
    "authority-mismatch",
    "The host field and the authority name different hosts.",
  );
}
