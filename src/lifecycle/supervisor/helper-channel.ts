/** The supervisor's end of descriptor 3: requests out, messages in, one JSON object a line, bounded. */
import type { Duplex } from "node:stream";
import { BottleError } from "../../errors/error.ts";
import { maxLine } from "../../helper/protocol.ts";
import type { HelperMessage, HelperRequest } from "../../helper/protocol.ts";
import { parseHelperMessage } from "./helper-message.ts";

type MessageOf<T extends HelperMessage["type"]> = Extract<HelperMessage, { type: T }>;

const closed = "the helper is gone";

export interface HelperChannel {
  /** Throws for a request that no line can hold: the helper would take it for an attack and end the bottle. */
  send(request: HelperRequest): void;
  /** Bytes of requests that the helper has not taken. */
  readonly queued: number;
  /** Every message, in order; everything in it is hostile. */
  onMessage(listener: (message: HelperMessage) => void): void;
  /** The next message of that type; rejects when the channel ends, the helper failed, or after `timeoutMs`. */
  next<T extends HelperMessage["type"]>(type: T, timeoutMs: number): Promise<MessageOf<T>>;
}

/** The channel over `stream`; a malformed or overlong line destroys it, and with it the bottle. */
export function openHelperChannel(stream: Duplex): HelperChannel {
  const listeners: ((message: HelperMessage) => void)[] = [];
  const enders: ((why: string) => void)[] = [];
  let rest = "";
  let ended: string | undefined;

  const end = (why: string): void => {
    if (ended !== undefined) return;
    ended = why;
    stream.destroy();
    for (const ender of enders.splice(0)) ender(why);
  };

  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    rest += chunk;
    for (let cut = rest.indexOf("\n"); cut >= 0 && ended === undefined; cut = rest.indexOf("\n")) {
      const line = rest.slice(0, cut);
      rest = rest.slice(cut + 1);
      const message = parseHelperMessage(line);
      if (message === undefined) {
        end("the helper sent what is no message");
        return;
      }
      for (const listener of [...listeners]) listener(message);
    }
    if (rest.length > maxLine) end("the helper sent an overlong line");
  });
  stream.on("error", () => end("the channel to the helper broke"));
  stream.on("close", () => end(closed));
  // It may have died before anybody listened: then no event tells.
  if (stream.destroyed) process.nextTick(() => end(closed));

  return {
    send(request) {
      const line = JSON.stringify(request);
      if (Buffer.byteLength(line) > maxLine) throw tooLong(request.type);
      if (ended === undefined) stream.write(`${line}\n`);
    },
    get queued() {
      return stream.writableLength;
    },
    onMessage(listener) {
      listeners.push(listener);
    },
    next(type, timeoutMs) {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          listeners.splice(listeners.indexOf(listener), 1);
          const ender = enders.indexOf(fail);
          if (ender >= 0) enders.splice(ender, 1);
          act();
        };
        const fail = (why: string): void => settle(() => reject(helperError(type, why)));
        const listener = (message: HelperMessage): void => {
          if (message.type === type) settle(() => resolve(message as MessageOf<typeof type>));
          else if (message.type === "failed") fail(message.what);
        };
        const timer = setTimeout(() => fail(`no answer for ${timeoutMs} ms`), timeoutMs);
        listeners.push(listener);
        enders.push(fail);
        if (ended !== undefined) fail(ended);
      });
    },
  };
}

function tooLong(type: HelperRequest["type"]): BottleError {
  return new BottleError({
    code: "E_HELPER",
    what: `The order "${type}" is too long for the helper inside the bottle.`,
    why: `Arguments and environment together may have ${maxLine} bytes.`,
    next: "Put long texts into a file of the workspace.",
  });
}

function helperError(waitedFor: string, why: string): BottleError {
  return new BottleError({
    code: "E_HELPER",
    what: `The helper inside the bottle did not get to "${waitedFor}".`,
    why,
    next: "Run `bottle doctor`; if it finds nothing, report this as a bug.",
  });
}

/** It ended before it had called anybody. */
export function helperEnded(how: number | string | null): BottleError {
  return helperError("ready", `It ended${how === null ? "" : ` with ${how}`}.`);
}

/** The helper went while the agent ran: the agent went with it, and how it ended nobody saw. */
export function helperGone(id: string, cause: unknown): BottleError {
  const told = cause instanceof BottleError ? cause.why : undefined;
  return new BottleError({
    code: "E_HELPER",
    what: "The bottle ended in the midst of the agent's work.",
    why:
      told === undefined || told === closed
        ? "Its helper is gone: it was killed, from inside or for want of memory."
        : told,
    next: `The workspace is kept: see \`bottle diff ${id}\`, or go on with \`bottle resume ${id}\`.`,
    cause,
  });
}

/** The backend ended it: a path was replaced on the host, and with it went the mount that held it. */
export function protectionLost(paths: readonly string[]): BottleError {
  const named = paths.slice(0, 5).join(", ");
  return new BottleError({
    code: "E_WORKSPACE_LOST",
    what: "The bottle was ended: a protected path of the workspace was replaced on the host.",
    why: `The kernel took away the mount that held ${named}${paths.length > 5 ? ", and more" : ""}.`,
    next: "Look at mount.json in the record. While a bottle works on a folder, leave git's config, editors and the like alone there.",
  });
}
