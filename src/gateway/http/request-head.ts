/** Reads a request head strictly (RFC 9112 section 3): whatever two programs could read differently is refused. */
import { Refusal, malformed } from "../refusal.ts";
import { all, targetTable } from "./chars.ts";
import { connectionOptions } from "./connection-options.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { readFields } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { declaredFraming } from "./framing.ts";
import type { Framing } from "./framing.ts";

export interface RequestHead {
  readonly method: string;
  /** As it was sent. */
  readonly target: string;
  /** The one `Host` field; undefined only where CONNECT came by HTTP/1.0. */
  readonly host: string | undefined;
  readonly fields: Fields;
  readonly connection: ConnectionOptions;
  /** 0 without body. */
  readonly framing: Framing;
  /** The connection goes on after the answer. */
  readonly keepAlive: boolean;
  /** The sender reads trailers (`TE: trailers`). */
  readonly trailers: boolean;
  /** The sender waits for `100 Continue`. */
  readonly expects: boolean;
  /** The `Upgrade` field, if there is one. */
  readonly upgrade: string | undefined;
  /** As it was sent, for the scan. */
  readonly bytes: Buffer;
}

/** `bytes`: everything before the empty line, without the last CRLF. */
export function parseRequestHead(bytes: Buffer, maxFields: number): RequestHead {
  const text = bytes.toString("latin1");
  const lineEnd = text.indexOf("\r\n");
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const { method, target, old } = requestLine(line);
  const fields = readFields(text, line.length + 2, maxFields);
  const connection = connectionOptions(fields);
  const framing = declaredFraming(fields) ?? 0;
  if (method === "CONNECT" && framing !== 0) throw malformed("a CONNECT has a body");
  return {
    method,
    target,
    host: onlyHost(fields, old),
    fields,
    connection,
    framing,
    keepAlive: !connection.close && !old,
    trailers: takesTrailers(fields),
    expects: expectation(fields),
    upgrade: upgradeOf(fields),
    bytes,
  };
}

/** Method, one space, target, one space, version. HTTP/1.0 is taken for CONNECT alone: older Pythons send nothing else. */
function requestLine(line: string): { method: string; target: string; old: boolean } {
  const first = line.indexOf(" ");
  const second = line.indexOf(" ", first + 1);
  const method = line.slice(0, first < 0 ? 0 : first);
  if (!/^[A-Z][A-Z-]{0,19}$/.test(method)) throw malformed("its method is not a plain name");
  const version = second < 0 ? "" : line.slice(second + 1);
  if (version !== "HTTP/1.1" && !(version === "HTTP/1.0" && method === "CONNECT"))
    throw new Refusal("http-version", "Only HTTP/1.1 is spoken here.", {
      status: 400,
      fatal: true,
    });
  const target = line.slice(first + 1, second);
  if (target === "" || !all(target, 0, target.length, targetTable))
    throw malformed("its target has bytes that no target has");
  // Fatal: whether a body follows is not known yet.
  if (method === "TRACE")
    throw new Refusal("method-not-allowed", "TRACE is never allowed.", { fatal: true });
  return { method, target, old: version === "HTTP/1.0" };
}

function onlyHost(fields: Fields, old: boolean): string | undefined {
  const index = fields.lowers.indexOf("host");
  if (index < 0) {
    if (old) return undefined;
    throw malformed("it has no host field");
  }
  if (fields.lowers.indexOf("host", index + 1) >= 0)
    throw malformed("it has more than one host field");
  return fields.values[index];
}

/** `TE` belongs to this hop: what it says of trailers is said anew on the next (RFC 9110 section 10.1.4). */
function takesTrailers(fields: Fields): boolean {
  const te = fields.first("te");
  return te !== undefined && te.split(",").some((part) => part.trim().toLowerCase() === "trailers");
}

function expectation(fields: Fields): boolean {
  const value = fields.first("expect");
  if (value === undefined) return false;
  if (value.toLowerCase() === "100-continue") return true;
  throw new Refusal("malformed-request", "The expectation is not known.", {
    status: 417,
    fatal: true,
  });
}

/** HTTP/2 without TLS would carry requests that nobody here reads (RFC 9113 section 3.1 has done away with it). */
function upgradeOf(fields: Fields): string | undefined {
  const upgrade = fields.first("upgrade");
  if (fields.lowers.includes("http2-settings") || /h2c/i.test(upgrade ?? ""))
    throw new Refusal("upgrade-not-supported", "An upgrade to h2c is refused.", { fatal: true });
  return upgrade;
}
