/**
 * Reads the requests of a caller that speaks HTTP/1, one after the other, and lets their bytes through as they are. All of
 * them, and not the first alone: Chromium 156 uses one connection for pages of different sites (measured).
 */
import { createBodyReader } from "../gateway/http/body-reader.ts";
import type { BodyReader } from "../gateway/http/body-reader.ts";
import { readFields } from "../gateway/http/fields.ts";
import { declaredFraming } from "../gateway/http/framing.ts";
import { findHeadEnd } from "../gateway/http/head-end.ts";
import { malformed } from "../gateway/refusal.ts";
import { judgeRequest } from "./judge-request.ts";

/** Bytes of a request's head; servers take 8 to 64 KiB. */
export const maxHead: number = 64 * 1024;
const maxFields = 200;

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^ ]+) HTTP\/1\.[01]$/;

/** Whether this line begins a request of HTTP/1. */
export function isRequestLine(line: string): boolean {
  return requestLine.test(line);
}

export interface RequestWatch {
  /** The bytes that may go on; throws what `judgeRequest` does. */
  push(chunk: Buffer): Buffer;
  /** A request is being read and has not been judged. */
  readonly waits: boolean;
}

const nothing: Buffer = Buffer.alloc(0);

/** `name`: the bottle's, with its port. */
export function watchRequests(name: string): RequestWatch {
  let head = nothing;
  let body: BodyReader | undefined;
  /** What follows is no request any more: a WebSocket, or a tunnel. */
  let free = false;

  /** Takes a head off the front of what was read; undefined while it is not whole. */
  const takeHead = (bytes: Buffer): number | undefined => {
    const end = findHeadEnd(bytes, maxHead);
    if (end < 0) return undefined;
    const text = bytes.toString("latin1", 0, end);
    const line = text.split("\r\n", 1)[0] ?? "";
    const [, method, target] = requestLine.exec(line) ?? [];
    if (method === undefined || target === undefined)
      throw malformed("its first line is none of HTTP/1");
    const fields = readFields(text, line.length + 2, maxFields);
    judgeRequest(target, fields, name);
    free = method === "CONNECT" || fields.lowers.includes("upgrade");
    body = createBodyReader(declaredFraming(fields) ?? 0);
    return end + 4;
  };

  return {
    push(chunk) {
      if (free) return chunk;
      const bytes = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      head = nothing;
      let at = 0;
      while (at < bytes.length && !free) {
        if (body === undefined) {
          const size = takeHead(bytes.subarray(at));
          if (size === undefined) break;
          at += size;
        } else at = body.push(bytes, at, () => undefined);
        if (body?.done === true) body = undefined;
      }
      if (free) return bytes;
      head = bytes.subarray(at);
      return bytes.subarray(0, at);
    },
    get waits() {
      return head.length > 0;
    },
  };
}
