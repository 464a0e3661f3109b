/** Reads an upstream's answer head as strictly as a request's: an upstream is no friend. */
import { malformed } from "../refusal.ts";
import { all, valueTable } from "./chars.ts";
import { connectionOptions } from "./connection-options.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { readFields } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { declaredFraming, untilClose } from "./framing.ts";
import type { Framing } from "./framing.ts";

export interface ResponseHead {
  readonly status: number;
  readonly phrase: string;
  readonly fields: Fields;
  readonly connection: ConnectionOptions;
  /** 0 where there is no body, whatever the fields say (RFC 9112 section 6.3). */
  readonly framing: Framing;
  /** The connection can take another request. */
  readonly keepAlive: boolean;
}

/** `bytes`: everything before the empty line, without the last CRLF; `method` is the request's. */
export function parseResponseHead(bytes: Buffer, method: string, maxFields: number): ResponseHead {
  const text = bytes.toString("latin1");
  const lineEnd = text.indexOf("\r\n");
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([^\r\n]*))?$/.exec(line);
  if (match === null) throw malformed("its status line is not one of HTTP/1.1");
  const phrase = match[3] ?? "";
  if (!all(phrase, 0, phrase.length, valueTable))
    throw malformed("its status line has control bytes");
  const status = Number(match[2]);
  const old = match[1] === "0";
  const fields = readFields(text, line.length + 2, maxFields);
  if (old && fields.lowers.includes("transfer-encoding"))
    throw malformed("it has a transfer-encoding in HTTP/1.0");
  const connection = connectionOptions(fields);
  const declared = declaredFraming(fields);
  const bodyless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const framing = bodyless ? 0 : (declared ?? untilClose);
  const goesOn = old ? connection.keepAlive : !connection.close;
  return {
    status,
    phrase,
    fields,
    connection,
    framing,
    keepAlive: goesOn && framing !== untilClose,
  };
}
