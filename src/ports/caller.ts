/** One connection to a port of the bottle: let in piece by piece, joined with the one that the helper brings. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Refusal, refusalAnswer } from "../gateway/refusal.ts";
import { Joint, reset } from "../helper/joint.ts";
import { greetingLength, greetingWindow } from "./greeting.ts";
import { openGuard } from "./guard.ts";
import { Moved } from "./judge-request.ts";

/** Bytes that are read of a server whose caller is not known. */
const maxEarly = 64;
/** Milliseconds for a caller to read why he was refused. */
const lastWords = 2_000;

export interface CallerEvents {
  /** His connection broke after so many bytes of it, or was cut off. */
  readonly broke: (after: number) => void;
  readonly closed: () => void;
}

/** Where he called. */
export interface Place {
  readonly id: string;
  readonly hostPort: number;
}

/** Both sockets are paused and allow half-open connections. */
export function admitCaller(
  caller: Socket,
  link: Duplex,
  { id, hostPort }: Place,
  events: CallerEvents,
): Joint {
  const guard = openGuard(`${id}.localhost:${hostPort}`);
  /** What the server said before its caller was known; `greeted` bytes of it have gone out. */
  let early: Buffer | undefined = Buffer.alloc(0);
  let greeted = 0;
  let ended = false;

  const greet = (size: number): void => {
    if (early === undefined || size <= greeted) return;
    joint.toTcp(early.subarray(greeted, size));
    greeted = size;
  };
  const answer = (): void => {
    if (early === undefined) return;
    link.resume();
    greet(early.length);
    early = undefined;
    if (ended) joint.endTcp();
  };
  const refuse = (error: unknown): void => {
    joint.release();
    const words = guard.http ? answerTo(error) : undefined;
    if (words === undefined) return reset(caller);
    caller.end(words);
    // What he still sends has to be read: the answer would be lost with it.
    caller.resume();
    setTimeout(() => reset(caller), lastWords).unref();
  };
  const admit = (bytes: () => Buffer): void => {
    try {
      joint.toLink(bytes());
    } catch (error) {
      return refuse(error);
    }
    if (guard.admitted) answer();
  };

  const joint = new Joint(caller, link, {
    ...events,
    fromTcp: (bytes) => admit(() => guard.push(bytes)),
    fromLink(bytes) {
      if (early === undefined) return joint.toTcp(bytes);
      early = Buffer.concat([early, bytes]);
      const size = greetingLength(early, hostPort, false);
      greet(size);
      if (size < early.length && early.length > maxEarly) link.pause();
      else if (size === early.length && size >= greetingWindow) early = undefined;
    },
    tcpEnded: () => admit(() => guard.end()),
    linkEnded() {
      if (early === undefined) return joint.endTcp();
      ended = true;
      if (greetingLength(early, hostPort, true) === early.length) answer();
    },
  });
  return joint;
}

/** Of HTTP; undefined for what is none of the caller's faults. */
function answerTo(error: unknown): string | undefined {
  if (error instanceof Moved)
    return [
      "HTTP/1.1 307 Temporary Redirect",
      `location: ${error.location}`,
      "content-length: 0",
      "cache-control: no-store",
      "connection: close",
      "\r\n",
    ].join("\r\n");
  if (!(error instanceof Refusal)) return undefined;
  return refusalAnswer(error, { dialect: "plain", bodyless: false, close: true }).toString(
    "latin1",
  );
}
