/** What an exchange may do with the bottle's connection. */
import type { Refusal } from "./refusal.ts";

export interface ClientSide {
  /** The connection ends after this answer. */
  readonly closes: boolean;
  /** False: wait for `drained` before writing more. */
  write(data: Buffer | string): boolean;
  cork(): void;
  uncork(): void;
  /** Stops and continues the request's body. */
  pause(): void;
  resume(): void;
  /** The answer is complete. */
  finish(): void;
  /** Ends the connection in the middle of an answer, so that the cut shows. */
  cut(): void;
  /** Answers with a refusal; nothing of an answer was written yet. */
  refuse(refusal: Refusal): void;
}
