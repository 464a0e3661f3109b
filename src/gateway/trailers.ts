/** Trailers on their way: those of a request are scanned, those of an answer lose secrets. */
import type { Fields } from "./http/fields.ts";
import { relayedTrailers, trailerText } from "./http/trailers.ts";
import { isRemoved } from "./inject.ts";
import { blockedValue } from "./pipeline.ts";
import type { Permit } from "./pipeline.ts";

/** A request's trailers as they go out; throws a Refusal for a value that may not leave. */
export function requestTrailers(
  trailers: Fields | undefined,
  { scanner, bound }: Permit,
): Fields | undefined {
  if (trailers === undefined) return undefined;
  const hit = scanner?.find(trailerText(trailers));
  if (hit !== undefined) throw blockedValue(hit, "head");
  return relayedTrailers(
    trailers,
    (lower) => isRemoved(lower, bound?.injection),
    (text) => text,
  );
}

/** An answer's trailers as the bottle gets them. */
export function answerTrailers(
  trailers: Fields | undefined,
  { bound }: Permit,
): Fields | undefined {
  return relayedTrailers(
    trailers,
    () => false,
    (text) => bound?.scrubbers.text(text) ?? text,
  );
}
