/** What an exchange may do with the bottle's side: the next stages of one answer, whatever protocol carries it. */
import type { Socket } from "node:net";
import type { Fields } from "./http/fields.ts";
import type { ResponseHead } from "./http/response-head.ts";
import type { Permit } from "./pipeline.ts";
import type { Refusal } from "./refusal.ts";

export interface ClientSide {
  /** It speaks HTTP/2; its upstream is asked whether it does. */
  readonly h2: boolean;
  /** The sender waits for it: the body may come. */
  goOn(): void;
  /** An interim answer (1xx). */
  interim(head: ResponseHead): void;
  /** Begins the answer. */
  head(head: ResponseHead): void;
  /** A part of the answer's body. False: wait for `drained` before more. */
  data(part: Buffer): boolean;
  /** The answer is complete. */
  end(trailers: Fields | undefined): void;
  /** Stops and continues the request's body. */
  pause(): void;
  resume(): void;
  /** Both sides leave HTTP; the upstream's connection is handed over. */
  switched(head: ResponseHead, permit: Permit, upstream: Socket, rest: Buffer): void;
  /** Ends in the middle of an answer, so that the cut shows. */
  cut(): void;
  /** Answers with a refusal; nothing of an answer was written yet. */
  refuse(refusal: Refusal): void;
}
