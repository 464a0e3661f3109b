/** Descriptor 3: requests of the supervisor in, messages out, one JSON object a line. */
import type { Duplex } from "node:stream";
import { readLines } from "./lines.ts";
import { maxLine } from "./protocol.ts";
import type { HelperMessage, HelperRequest } from "./protocol.ts";
import { parseRequest } from "./requests.ts";

export interface Channel {
  /** False when the supervisor reads slower than we write: wait for `whenDrained`. */
  send(message: HelperMessage): boolean;
  /** Calls `then` once, when more may be sent. */
  whenDrained(then: () => void): void;
}

export interface ChannelEvents {
  readonly request: (request: HelperRequest) => void;
  /** The supervisor is gone or speaks nonsense: either way nobody holds this bottle any more. */
  readonly end: () => void;
}

/** Opens the channel over `stream`. */
export function openChannel(stream: Duplex, events: ChannelEvents): Channel {
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    stream.destroy();
    events.end();
  };
  readLines(stream, maxLine, {
    line(text) {
      if (over) return;
      const request = parseRequest(text);
      if (request === undefined) end();
      else events.request(request);
    },
    end,
  });
  return {
    send: (message) => over || stream.write(`${JSON.stringify(message)}\n`),
    whenDrained(then) {
      if (stream.writableNeedDrain) stream.once("drain", then);
      else setImmediate(then);
    },
  };
}
