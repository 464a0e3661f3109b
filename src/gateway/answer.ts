/** What happens to one answer on its way to the bottle: secrets go out of it, tokens are counted, some are held and rewritten. */
import { holdAnswer } from "./answer-rewrite.ts";
import type { HeldAnswer } from "./answer-rewrite.ts";
import { isEncoded } from "./http/content-encoding.ts";
import type { ResponseHead } from "./http/response-head.ts";
import type { Permit } from "./pipeline.ts";
import { Refusal } from "./refusal.ts";
import type { Scrubber } from "./scrub.ts";
import type { Services } from "./services.ts";
import { meterFor } from "./tokens.ts";
import type { TokenMeter } from "./tokens.ts";

export interface Answer {
  /** Nothing is given before `end`. */
  readonly held: boolean;
  /** What can go on of a part; throws a Refusal where it does not fit. */
  push(part: Buffer): Buffer;
  /** What is left; throws a Refusal. The head is there where the answer was held. */
  end(): { readonly head: ResponseHead | undefined; readonly rest: Buffer };
  /** For the count; after the part went on. */
  count(part: Buffer): void;
  release(): void;
}

const nothing: Buffer = Buffer.alloc(0);

/** Throws a Refusal for what cannot be searched. Undefined: the answer goes on as it is. */
export function openAnswer(
  head: ResponseHead,
  { bound, rewrite, routed }: Permit,
  services: Pick<Services, "counts" | "budget">,
): Answer | undefined {
  if (bound === undefined || head.framing === 0) return undefined;
  if (isEncoded(head.fields))
    throw new Refusal("unreadable-answer", "The host's answer is encoded and cannot be checked.", {
      status: 502,
    });
  const scrubber: Scrubber = bound.scrubbers.open();
  const meter: TokenMeter | undefined = meterFor(
    bound.credential,
    routed.target,
    head,
    services.counts.tokens,
  );
  const held: HeldAnswer | undefined =
    rewrite !== undefined && head.status === 200
      ? holdAnswer(head, rewrite, services.budget)
      : undefined;
  return {
    held: held !== undefined,
    push(part) {
      const clean = scrubber.push(part);
      if (held === undefined) return clean;
      held.push(clean);
      return nothing;
    },
    end() {
      const rest = scrubber.flush();
      if (held === undefined) return { head: undefined, rest };
      if (rest.length > 0) held.push(rest);
      const { head: changed, body } = held.end();
      return { head: changed, rest: body };
    },
    count: (part) => meter?.push(part),
    release() {
      meter?.end();
      held?.release();
    },
  };
}
