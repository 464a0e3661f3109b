/**
 * Looks at what a caller says, as far as it must be known who speaks: HTTP/1 request by request, TLS by the name in its
 * greeting, WebRTC never. Whatever else there is passes as it is: no browser speaks it.
 */
import { Refusal, malformed } from "../gateway/refusal.ts";
import { readHello } from "./client-hello.ts";
import { isLoopbackName } from "./loopback.ts";
import { isRequestLine, maxHead, watchRequests } from "./request-watch.ts";
import type { RequestWatch } from "./request-watch.ts";

export interface Guard {
  /** The bytes that may go on; throws a Refusal, or Moved. */
  push(chunk: Buffer): Buffer;
  /** The caller has ended: the bytes that were held; throws where something was begun and cannot be judged. */
  end(): Buffer;
  /** The caller is known, so that answers may go to him. */
  readonly admitted: boolean;
  /** He speaks HTTP, and understands a refusal. */
  readonly http: boolean;
}

/** A browser's first piece is longer than this; what is shorter and no line is none. */
const shortest = 64;
/** STUN's cookie behind the two bytes of a frame: how WebRTC begins over TCP (RFC 8489 section 5, RFC 6544 section 3). */
const stunCookie = 0x2112a442;

/** `word`: one without an end. It may become a method (Chromium 156 sends one of megabytes), or be data. */
type Kind = "unknown" | "http" | "tls" | "word" | "any";

const nothing: Buffer = Buffer.alloc(0);
const noToken = /[^!#$%&'*+.^_`|~0-9A-Za-z-]/;
/** A method, and a target whose line has not ended. */
const halfLine = /^[^ ]+ [^ ]*(?: (?:H(?:T(?:T(?:P(?:\/(?:1(?:\.(?:[01]\r?)?)?)?)?)?)?)?)?)?$/;

/** `name`: the bottle's for browsers, with its port. */
export function openGuard(name: string): Guard {
  let kind: Kind = "unknown";
  let held = nothing;
  let requests: RequestWatch | undefined;
  let admitted = false;

  const hold = (bytes: Buffer): Buffer => {
    held = bytes;
    return nothing;
  };
  const judge = (bytes: Buffer): Buffer => {
    switch (kind) {
      case "unknown":
        kind = kindOf(bytes);
        return kind === "unknown" ? hold(bytes) : judge(bytes);
      case "http": {
        requests ??= watchRequests(name);
        const passed = requests.push(bytes);
        admitted ||= passed.length > 0;
        return passed;
      }
      case "tls":
        if (!isTlsOfThisMachine(bytes)) return hold(bytes);
        kind = "any";
        return judge(bytes);
      case "word":
        kind = afterWord(bytes);
        admitted = kind === "any";
        return bytes;
      case "any":
        admitted = true;
        return bytes;
    }
  };

  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = nothing;
      return judge(bytes);
    },
    end() {
      const word = kind === "unknown" && !noToken.test(held.toString("latin1"));
      if ((held.length > 0 && !word) || requests?.waits === true)
        throw malformed("it is not whole");
      admitted = true;
      return held;
    },
    get admitted() {
      return admitted;
    },
    get http() {
      return kind === "http";
    },
  };
}

function kindOf(bytes: Buffer): Kind {
  if (bytes[0] === 0x16) return "tls";
  if (bytes.length >= 10 && bytes.readUInt32BE(6) === stunCookie)
    throw new Refusal("port-webrtc", "A port of a bottle is not for WebRTC.");
  const lineEnd = bytes.indexOf(0x0a);
  if (lineEnd < 0) return bytes.length < shortest ? "any" : halfLineKind(bytes);
  // Every browser ends its lines with CRLF.
  const line = bytes.toString("latin1", 0, lineEnd);
  return line.endsWith("\r") && isRequestLine(line.slice(0, -1)) ? "http" : "any";
}

function halfLineKind(bytes: Buffer): Kind {
  const text = bytes.toString("latin1");
  const [end] = noToken.exec(text) ?? [];
  if (end === undefined) return bytes.length > maxHead ? "word" : "unknown";
  if (end !== " " || !halfLine.test(text)) return "any";
  if (bytes.length > maxHead) throw malformed("its head is too long", 431);
  return "unknown";
}

/** It went in, since nothing comes of it: a method of that length is refused before its request is whole. */
function afterWord(bytes: Buffer): Kind {
  const [end] = noToken.exec(bytes.toString("latin1")) ?? [];
  if (end === " ") throw malformed("its method is too long", 431);
  return end === undefined ? "word" : "any";
}

/** False while the greeting is not whole; throws where it asks for a name of somebody else's. */
function isTlsOfThisMachine(bytes: Buffer): boolean {
  const hello = readHello(bytes);
  if (hello === "more") return false;
  if (hello !== "broken" && (hello.name === undefined || isLoopbackName(hello.name.toLowerCase())))
    return true;
  throw new Refusal("port-host", "The greeting is for another machine.");
}
