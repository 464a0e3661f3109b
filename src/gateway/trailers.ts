/** Trailers on their way: those of a request are scanned, those of an answer lose secrets. */
import type { Fields } from "./http/fields.ts";
import { relayedTrailers, trailerText } from "./http/trailers.ts";
import { carriesCredential } from "./foreign.ts";
import { isRemoved } from "./inject.ts";
import { blockedPattern, blockedValue } from "./blocked.ts";
import type { Permit } from "./pipeline.ts";

/** A request's trailers as they go out; throws a Refusal for a value that may not leave. */
export function requestTrailers(
  trailers: Fields | undefined,
  { looks, bound }: Permit,
): Fields | undefined {
  if (trailers === undefined) return undefined;
  const text = trailerText(trailers);
  const value = looks.scanner?.find(text);
  if (value !== undefined) throw blockedValue(value, "head");
  const pattern = looks.patterns?.find(text);
  if (pattern !== undefined) throw blockedPattern(pattern, "head");
  return relayedTrailers(
    trailers,
    // Nobody knows them there by name: what is foreign goes, whichever host it is for.
    (lower) => carriesCredential(lower) || isRemoved(lower, bound?.injection),
    (value) => value,
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
