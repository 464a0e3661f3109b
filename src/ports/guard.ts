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
  /** The bytes that may go on; throws a Refusal. */
  push(chunk: Buffer): Buffer;
  /** The caller has ended; throws where something was begun and cannot be judged. */
  end(): void;
  /** The caller is known, so that answers may go to him. */
  readonly admitted: boolean;
  /** He speaks HTTP, and understands a refusal. */
  readonly http: boolean;
}

/** A browser's first piece is longer than this; what is shorter and no line is none. */
const shortest = 64;
/** STUN's cookie behind the two bytes of a frame: how WebRTC begins over TCP (RFC 8489 section 5, RFC 6544 section 3). */
const stunCookie = 0x2112a442;

type Kind = "unknown" | "http" | "tls" | "any";

export function openGuard(): Guard {
  let kind: Kind = "unknown";
  let held: Buffer = Buffer.alloc(0);
  let requests: RequestWatch | undefined;
  let admitted = false;

  const judge = (bytes: Buffer): Buffer => {
    if (kind === "unknown") kind = kindOf(bytes);
    if (kind === "http") {
      requests = watchRequests();
      return requests.push(bytes);
    }
    if (kind === "any") return bytes;
    if (kind === "tls" && isTlsOfThisMachine(bytes)) {
      kind = "any";
      return bytes;
    }
    held = bytes;
    return bytes.subarray(0, 0);
  };

  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = bytes.subarray(0, 0);
      const passed = requests?.push(bytes) ?? judge(bytes);
      admitted ||= passed.length > 0;
      return passed;
    },
    end() {
      if (held.length > 0 || requests?.waits === true) throw malformed("it is not whole");
      admitted = true;
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
  if (lineEnd < 0) return mayBecomeRequest(bytes) ? "unknown" : "any";
  // Every browser ends its lines with CRLF.
  const line = bytes.toString("latin1", 0, lineEnd);
  return line.endsWith("\r") && isRequestLine(line.slice(0, -1)) ? "http" : "any";
}

/** A line without its end: a method, or a method and something behind it. */
function mayBecomeRequest(bytes: Buffer): boolean {
  if (bytes.length < shortest) return false;
  const text = bytes.toString("latin1");
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: |$)/.test(text)) return false;
  if (bytes.length > maxHead) throw malformed("its head is too long", 431);
  return true;
}

/** False while the greeting is not whole; throws where it asks for a name of somebody else's. */
function isTlsOfThisMachine(bytes: Buffer): boolean {
  const hello = readHello(bytes);
  if (hello === "more") return false;
  if (hello !== "broken" && (hello.name === undefined || isLoopbackName(hello.name.toLowerCase())))
    return true;
  throw new Refusal("port-host", "The greeting is for another machine.");
}
