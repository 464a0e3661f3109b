/**
 * Reads the name in a TLS greeting (RFC 8446 section 4.1.2, RFC 6066 section 3) that nobody here answers. A greeting may be cut
 * over records and segments, and post-quantum key shares make it longer than either.
 */

/** Why a greeting is not taken; `code` is the refusal's. */
export class HelloError extends Error {
  readonly code: "not-tls" | "sni-missing" | "sni-mismatch";

  constructor(code: HelloError["code"], message: string) {
    super(message);
    this.name = "HelloError";
    this.code = code;
  }
}

export interface HelloReader {
  /** The one name, once the greeting is whole; throws a HelloError. */
  push(chunk: Buffer): string | undefined;
}

/** Bytes of a greeting, its records' heads included. */
export const longestHello: number = 64 * 1024;

const handshakeRecord = 0x16;
const recordHead = 5;
const longestRecord = 16 * 1024;
const clientHello = 1;
const messageHead = 4;
const serverName = 0;
const encryptedClientHello = 0xfe0d;
const hostName = 0;

export function createHelloReader(): HelloReader {
  const message = Buffer.allocUnsafe(longestHello);
  let size = 0;
  let taken = 0;
  let head: number[] = [];
  let left = 0;
  return {
    push(chunk) {
      taken += chunk.length;
      for (let at = 0; at < chunk.length;) {
        if (left === 0) {
          head.push(chunk[at] as number);
          at += 1;
          left = recordLength(head);
          if (left > 0) head = [];
          continue;
        }
        const part = chunk.subarray(at, at + left);
        if (size + part.length > longestHello) throw notTls("the greeting is too long");
        size += part.copy(message, size);
        at += part.length;
        left -= part.length;
        const name = nameOf(message.subarray(0, size));
        if (name !== undefined) return name;
      }
      if (taken > longestHello) throw notTls("the greeting is too long");
      return undefined;
    },
  };
}

/** 0 while the head of the record has not come whole. */
function recordLength(head: readonly number[]): number {
  const [type, major, , high = 0, low = 0] = head;
  if (type !== handshakeRecord || (major !== undefined && major !== 3))
    throw notTls("what came is not TLS");
  if (head.length < recordHead) return 0;
  const length = high * 256 + low;
  // Records without content are allowed for application data alone (RFC 8446 section 5.1).
  if (length === 0 || length > longestRecord) throw notTls("a record is empty or too long");
  return length;
}

function nameOf(message: Buffer): string | undefined {
  if (message[0] !== clientHello) throw notTls("it does not begin with a client's greeting");
  if (message.length < messageHead) return undefined;
  const end = messageHead + message.readUIntBE(1, 3);
  if (end > longestHello) throw notTls("the greeting is too long");
  if (message.length < end) return undefined;
  if (message.length > end) throw notTls("something follows the greeting");
  return nameIn(message.subarray(messageHead, end));
}

/** Takes pieces of a greeting off its front; all lengths must fit. */
interface Pieces {
  readonly left: number;
  take(length: number): Buffer;
  /** A piece that says its length in so many bytes. */
  vector(bytes: number): Buffer;
}

function piecesOf(bytes: Buffer): Pieces {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw notTls("the greeting is cut");
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    get left() {
      return bytes.length - at;
    },
    take,
    vector: (width) => take(take(width).readUIntBE(0, width)),
  };
}

function nameIn(body: Buffer): string {
  const hello = piecesOf(body);
  // Version, random, session, cipher suites, compression.
  hello.take(2 + 32);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  if (hello.left === 0) throw new HelloError("sni-missing", "the greeting has no extensions");
  const extensions = piecesOf(hello.vector(2));
  if (hello.left > 0) throw notTls("something follows the extensions");
  let name: string | undefined;
  while (extensions.left > 0) {
    const type = extensions.take(2).readUInt16BE(0);
    const data = extensions.vector(2);
    // Who reads it (RFC 9849) takes the name inside instead; what is there for show alone looks the same.
    if (type === encryptedClientHello)
      throw new HelloError("sni-mismatch", "the greeting holds another one, encrypted");
    if (type !== serverName) continue;
    if (name !== undefined) throw new HelloError("sni-mismatch", "the greeting has two names");
    name = onlyName(data);
  }
  if (name === undefined) throw new HelloError("sni-missing", "the greeting names no host");
  return name;
}

function onlyName(data: Buffer): string {
  const outer = piecesOf(data);
  const list = piecesOf(outer.vector(2));
  if (outer.left > 0) throw notTls("something follows the name");
  const type = list.take(1)[0];
  const name = list.vector(2).toString("latin1");
  if (list.left > 0 || type !== hostName)
    throw new HelloError("sni-mismatch", "the greeting has two names, or another kind of name");
  return name;
}

function notTls(message: string): HelloError {
  return new HelloError("not-tls", message);
}
