/** The name in a TLS greeting (RFC 8446 section 4.1.2, RFC 6066 section 3): with it a website gives itself away. */

/** Bytes of a greeting, over as many records as it takes. */
const maxHello = 64 * 1024;
const handshakeRecord = 0x16;
const clientHello = 1;
const serverName = 0;
const hostName = 0;

/** `more`: not whole yet. `broken`: no greeting. A name of undefined: it has none, as for an address. */
export type Hello = "more" | "broken" | { readonly name: string | undefined };

export function readHello(bytes: Buffer): Hello {
  const message = joinRecords(bytes);
  if (message === undefined) return "broken";
  if (message.length < 4) return bytes.length > maxHello ? "broken" : "more";
  const length = message.readUIntBE(1, 3);
  if (message[0] !== clientHello || length > maxHello) return "broken";
  if (message.length < 4 + length) return "more";
  try {
    return { name: nameOf(message.subarray(4, 4 + length)) };
  } catch (error) {
    if (error instanceof RangeError) return "broken";
    throw error;
  }
}

/** What the records hold, as far as they have come. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== handshakeRecord) return at === 0 ? undefined : Buffer.concat(parts);
    if (at + 5 > bytes.length) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0) return undefined;
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return Buffer.concat(parts);
}

/** Throws a RangeError where a length leads out of the message. */
function nameOf(hello: Buffer): string | undefined {
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at === hello.length) return undefined;
  const end = at + 2 + hello.readUInt16BE(at);
  if (end !== hello.length) throw new RangeError("extensions");
  for (at += 2; at < end;) {
    const type = hello.readUInt16BE(at);
    const size = hello.readUInt16BE(at + 2);
    at += 4 + size;
    if (at > end) throw new RangeError("extension");
    if (type === serverName) return readName(hello.subarray(at - size, at));
  }
  return undefined;
}

/** One name, which is the whole list; no program sends two. */
function readName(list: Buffer): string {
  const length = list.readUInt16BE(3);
  if (list.readUInt16BE(0) !== list.length - 2 || list.readUInt8(2) !== hostName)
    throw new RangeError("list");
  if (length !== list.length - 5) throw new RangeError("name");
  return list.toString("latin1", 5);
}
