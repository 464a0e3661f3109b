/** One direction of a WebSocket: frames are read, what they carry is looked at, and new frames go out. */
import type { Socket } from "node:net";
import { createFrameReader, opcode } from "./frame-reader.ts";
import { writeFrame } from "./frame-writer.ts";

/** What is done to the data of messages. It throws where nothing may go on. */
export interface MessageFilter {
  push(part: Buffer): Buffer;
  endMessage(): Buffer;
  /** The payload of a ping, a pong or a close. */
  control(payload: Buffer): Buffer;
}

export interface DirectionOptions {
  /** The frames that come are a client's, those that go out too. */
  readonly fromClient: boolean;
  readonly to: Socket;
  readonly filter: MessageFilter;
  readonly onClose: () => void;
}

export interface Direction {
  /** False: `to` takes no more for now. Throws what the filter or the reader throws. */
  push(chunk: Buffer): boolean;
  /** Bytes of messages so far. */
  readonly bytes: number;
}

const nothing: Buffer = Buffer.alloc(0);

/** Fragments need not go out as they came (RFC 6455 section 5.4): what waits in the filter goes with the next. */
export function createDirection({ fromClient, to, filter, onClose }: DirectionOptions): Direction {
  let bytes = 0;
  /** The message's first frame has gone out. */
  let begun = false;
  /** Of the present message: what goes out with the end of this chunk. */
  let ready: Buffer[] = [];
  let readyCode: number = opcode.more;

  const emit = (code: number, fin: boolean): void => {
    const payload = ready.length === 1 ? (ready[0] ?? nothing) : Buffer.concat(ready);
    ready = [];
    if (payload.length === 0 && !fin) return;
    to.write(writeFrame(begun ? opcode.more : code, fin, payload, fromClient));
    begun = !fin;
  };
  const add = (part: Buffer): void => {
    if (part.length > 0) ready.push(part);
  };
  const reader = createFrameReader(fromClient, {
    onData(part, code) {
      bytes += part.length;
      readyCode = code;
      add(filter.push(part));
    },
    onMessageEnd(code) {
      add(filter.endMessage());
      emit(code, true);
    },
    onControl(code, payload) {
      to.write(writeFrame(code, true, filter.control(payload), fromClient));
      if (code === opcode.close) onClose();
    },
  });
  return {
    push(chunk) {
      to.cork();
      try {
        reader.push(chunk);
        emit(readyCode, false);
      } finally {
        to.uncork();
      }
      return !to.writableNeedDrain;
    },
    get bytes() {
      return bytes;
    },
  };
}
