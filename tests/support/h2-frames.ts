/** Frames of HTTP/2 by hand (RFC 9113 section 4, RFC 7541), for what no decent client sends. */
export const preface: Buffer = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(4, 0, 0),
]);

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** RFC 7541 section 5.1, with a prefix of seven bits and none of them set. */
function length(size: number): Buffer {
  if (size < 127) return Buffer.of(size);
  const bytes = [127];
  let rest = size - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** Literal fields; `index`: into the dynamic table (section 6.2.1) or not (section 6.2.2). */
export function fields(
  list: readonly (readonly [name: string, value: string])[],
  index = false,
): Buffer {
  return Buffer.concat(
    list.flatMap(([name, value]) => [
      Buffer.of(index ? 0x40 : 0),
      length(Buffer.byteLength(name, "latin1")),
      Buffer.from(name, "latin1"),
      length(Buffer.byteLength(value, "latin1")),
      Buffer.from(value, "latin1"),
    ]),
  );
}

export const endStream = 1;
export const endHeaders = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Every whole frame in the bytes. */
export function framesOf(bytes: Buffer): readonly Frame[] {
  const found: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const size = bytes.readUIntBE(at, 3);
    if (at + 9 + size > bytes.length) break;
    found.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + size),
    });
    at += 9 + size;
  }
  return found;
}
