/** Writes frames of a WebSocket (RFC 6455 section 5.2). */
import { randomFillSync } from "node:crypto";
import { opcode } from "./frame-reader.ts";

/** `masked`: as a client's. */
export function writeFrame(code: number, fin: boolean, payload: Buffer, masked: boolean): Buffer {
  const { length } = payload;
  const extra = length > 0xffff ? 8 : length > 125 ? 2 : 0;
  const start = 2 + extra + (masked ? 4 : 0);
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = (fin ? 0x80 : 0) | code;
  frame[1] = (masked ? 0x80 : 0) | (extra === 8 ? 127 : extra === 2 ? 126 : length);
  if (extra === 2) frame.writeUInt16BE(length, 2);
  if (extra === 8) {
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  payload.copy(frame, start);
  if (!masked) return frame;
  randomFillSync(frame, start - 4, 4);
  for (let index = 0; index < length; index += 1)
    frame[start + index] =
      (frame[start + index] as number) ^ (frame[start - 4 + (index & 3)] as number);
  return frame;
}

/** A close with a code and no reason. */
export function writeClose(code: number, masked: boolean): Buffer {
  const payload = Buffer.allocUnsafe(2);
  payload.writeUInt16BE(code);
  return writeFrame(opcode.close, true, payload, masked);
}
