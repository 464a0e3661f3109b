/** Reads what one chunk holds of a body as one piece: a million tiny HTTP chunks must not become a million objects. */
import type { BodyReader } from "./body-reader.ts";

export interface Gathered {
  /** The index behind the last byte taken. */
  readonly end: number;
  readonly data: Buffer;
}

const nothing: Buffer = Buffer.alloc(0);

export function gather(reader: BodyReader, chunk: Buffer, from: number): Gathered {
  let data = nothing;
  let room: Buffer | undefined;
  let size = 0;
  const end = reader.push(chunk, from, (part) => {
    if (size === 0) {
      data = part;
      size = part.length;
      return;
    }
    if (room === undefined) {
      room = Buffer.allocUnsafe(chunk.length - from);
      data.copy(room, 0);
    }
    size += part.copy(room, size);
  });
  return { end, data: room === undefined ? data : room.subarray(0, size) };
}
