/** Reads frames of a WebSocket (RFC 6455 section 5) strictly, and data as it comes. */

/** Close codes of RFC 6455 section 7.4.1. */
export const closeCode = { away: 1001, protocol: 1002, policy: 1008, tooBig: 1009 } as const;

/** What a peer may not send; `code` is what the connection closes with. */
export class FrameError extends Error {
  readonly code: number;

  constructor(message: string, code: number = closeCode.protocol) {
    super(message);
    this.name = "FrameError";
    this.code = code;
  }
}

export const opcode = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameHandler {
  /** A part of a message's data; `code` is the message's. */
  onData(part: Buffer, code: number): void;
  /** The message is complete. */
  onMessageEnd(code: number): void;
  /** A control frame: at most 125 bytes. */
  onControl(code: number, payload: Buffer): void;
}

export interface FrameReader {
  /** Throws a FrameError. */
  push(chunk: Buffer): void;
}

/** Bytes of one frame; streamed, but a peer that promises more means no good. */
const longestFrame = 0xffff_ffff;
const longestControl = 125;
const maskLength = 4;

const nothing: Buffer = Buffer.alloc(0);

/** `masked`: frames of a client are, those of a server are not (section 5.1); the other is an error. */
export function createFrameReader(masked: boolean, handler: FrameHandler): FrameReader {
  let input: Buffer = nothing;
  /** Of the message that is being read; 0 between messages. */
  let message = 0;
  let frame: { code: number; fin: boolean; left: number; mask: Buffer; at: number } | undefined;
  let control: Buffer = nothing;
  let closed = false;

  const readHead = (from: number): number | undefined => {
    const first = input[from];
    const second = input[from + 1];
    if (first === undefined || second === undefined) return undefined;
    if ((first & 0x70) !== 0) throw new FrameError("a reserved bit is set");
    const code = first & 0x0f;
    const fin = (first & 0x80) !== 0;
    const isControl = code >= opcode.close;
    if (code > opcode.pong || (code > opcode.binary && code < opcode.close))
      throw new FrameError("an unknown kind of frame");
    if (((second & 0x80) !== 0) !== masked) throw new FrameError("masking is not as it must be");
    if (closed) throw new FrameError("a frame after the close");
    const short = second & 0x7f;
    if (isControl && (!fin || short > longestControl))
      throw new FrameError("a control frame is cut or too long");
    if (!isControl && (code === opcode.more) !== (message !== 0))
      throw new FrameError("a fragment out of order");
    const size = short === 127 ? 8 : short === 126 ? 2 : 0;
    const end = from + 2 + size + (masked ? maskLength : 0);
    if (input.length < end) return undefined;
    let length = short;
    if (size === 2) length = input.readUInt16BE(from + 2);
    if (size === 8) {
      if (input.readUInt32BE(from + 2) !== 0)
        throw new FrameError("a frame is too long", closeCode.tooBig);
      length = input.readUInt32BE(from + 6);
    }
    if ((size === 2 && length < 126) || (size === 8 && length <= 0xffff))
      throw new FrameError("a length is not in its shortest form");
    if (length > longestFrame) throw new FrameError("a frame is too long", closeCode.tooBig);
    if (!isControl && code !== opcode.more) message = code;
    const mask = masked ? Buffer.from(input.subarray(end - maskLength, end)) : nothing;
    frame = { code, fin, left: length, mask, at: 0 };
    return end;
  };

  const finish = (): void => {
    const done = frame;
    frame = undefined;
    if (done === undefined) return;
    if (done.code >= opcode.close) {
      const payload = control;
      control = nothing;
      if (done.code === opcode.close) {
        closed = true;
        checkClose(payload);
      }
      return handler.onControl(done.code, payload);
    }
    if (!done.fin) return;
    const code = message;
    message = 0;
    handler.onMessageEnd(code);
  };

  return {
    push(chunk) {
      input = input.length === 0 ? chunk : Buffer.concat([input, chunk]);
      let from = 0;
      while (from < input.length || frame?.left === 0) {
        if (frame === undefined) {
          const end = readHead(from);
          if (end === undefined) break;
          from = end;
        }
        // `readHead` has set it.
        const now = frame as unknown as NonNullable<typeof frame>;
        const part = input.subarray(from, from + now.left);
        from += part.length;
        now.left -= part.length;
        const data = masked ? unmask(part, now.mask, now.at) : part;
        now.at += part.length;
        if (now.code >= opcode.close) control = Buffer.concat([control, data]);
        else if (data.length > 0) handler.onData(data, message);
        if (now.left === 0) finish();
        else break;
      }
      input = from === input.length ? nothing : input.subarray(from);
    },
  };
}

/** A copy: the bytes as they came are not ours to change. */
function unmask(part: Buffer, mask: Buffer, at: number): Buffer {
  const data = Buffer.allocUnsafe(part.length);
  for (let index = 0; index < part.length; index += 1)
    data[index] = (part[index] as number) ^ (mask[(at + index) & 3] as number);
  return data;
}

/** Section 5.5.1: nothing, or a code that may be sent and a reason. */
function checkClose(payload: Buffer): void {
  if (payload.length === 0) return;
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  const sendable =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) ||
    (code >= 3000 && code <= 4999);
  if (!sendable) throw new FrameError("a close has no code that may be sent");
}
