/** The one error class of claude-bottle: a stable code, what happened, why, and what to do next. */
import type { ErrorCode } from "./catalogue.ts";

/** Where in a file the cause stands; `line` and `column` count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface BottleErrorDetail {
  readonly code: ErrorCode;
  /** One sentence: what did not work. */
  readonly what: string;
  /** One sentence: the reason, as far as it is known. */
  readonly why?: string;
  /** One sentence: what the owner can do now. */
  readonly next?: string;
  readonly place?: Place;
  readonly cause?: unknown;
}

/** Data only: the CLI alone decides how an error looks. Never carries a secret value. */
export class BottleError extends Error {
  readonly code: ErrorCode;
  readonly why: string | undefined;
  readonly next: string | undefined;
  readonly place: Place | undefined;

  constructor(detail: BottleErrorDetail) {
    super(detail.what, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "BottleError";
    this.code = detail.code;
    this.why = detail.why;
    this.next = detail.next;
    this.place = detail.place;
  }
}

/** Several errors found in one pass (a manifest is checked whole, so that its owner mends it once). */
export class BottleErrors extends Error {
  readonly errors: readonly BottleError[];

  constructor(errors: readonly BottleError[]) {
    super(errors.map((error) => error.message).join("; "));
    this.name = "BottleErrors";
    this.errors = errors;
  }
}
