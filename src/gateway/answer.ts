/** What happens to one answer on its way to the bottle: secrets go out of it, tokens are counted, some are held and rewritten. */
import { holdAnswer } from "./answer-rewrite.ts";
import type { HeldAnswer } from "./answer-rewrite.ts";
import { isEncoded } from "./http/content-encoding.ts";
import type { Framing } from "./http/framing.ts";
import type { ResponseHead } from "./http/response-head.ts";
import type { Permit } from "./pipeline.ts";
import { Refusal } from "./refusal.ts";
import type { Scrubber } from "./scrub.ts";
import type { Services } from "./services.ts";
import { meterFor } from "./tokens.ts";
import type { TokenMeter } from "./tokens.ts";

const nothing: Buffer = Buffer.alloc(0);

/** One answer that must be looked at. */
export class Answer {
  readonly #scrubber: Scrubber;
  readonly #meter: TokenMeter | undefined;
  readonly #held: HeldAnswer | undefined;
  /** Bytes to come, where the head says how many. */
  #left: number;

  constructor(
    framing: Framing,
    scrubber: Scrubber,
    meter: TokenMeter | undefined,
    held: HeldAnswer | undefined,
  ) {
    this.#left = framing < 0 ? Number.POSITIVE_INFINITY : framing;
    this.#scrubber = scrubber;
    this.#meter = meter;
    this.#held = held;
  }

  /** Nothing is given before `end`. */
  get held(): boolean {
    return this.#held !== undefined;
  }

  /** What can go on of a part; throws a Refusal where it does not fit. */
  push(part: Buffer): Buffer {
    this.#left -= part.length;
    // What came after its end would not be looked at together with what came before.
    if (this.#left < 0) throw unreadable("The host's answer is longer than it says.");
    const clean = this.#left === 0 ? this.#scrubber.last(part) : this.#scrubber.push(part);
    if (this.#held === undefined) return clean;
    this.#held.push(clean);
    return nothing;
  }

  /** What is left; throws a Refusal. The head is there where the answer was held. */
  end(): { readonly head: ResponseHead | undefined; readonly rest: Buffer } {
    const rest = this.#scrubber.flush();
    if (this.#held === undefined) return { head: undefined, rest };
    if (rest.length > 0) this.#held.push(rest);
    const { head, body } = this.#held.end();
    return { head, rest: body };
  }

  /** For the count; after the part went on. */
  count(part: Buffer): void {
    this.#meter?.push(part);
  }

  release(): void {
    this.#meter?.end();
    this.#held?.release();
  }
}

/** Throws a Refusal for what cannot be searched. Undefined: the answer goes on as it is. */
export function openAnswer(
  head: ResponseHead,
  { bound, rewrite, routed }: Permit,
  { counts, budget }: Pick<Services, "counts" | "budget">,
): Answer | undefined {
  if (bound === undefined || head.framing === 0) return undefined;
  if (isEncoded(head.fields))
    throw unreadable("The host's answer is encoded and cannot be checked.");
  const rewritten = rewrite !== undefined && head.status === 200;
  return new Answer(
    head.framing,
    bound.scrubbers.open(),
    meterFor(bound.credential, routed.target, head, counts.tokens),
    rewritten ? holdAnswer(head, rewrite, budget) : undefined,
  );
}

function unreadable(message: string): Refusal {
  return new Refusal("unreadable-answer", message, { status: 502 });
}

/** An answer's head without secrets, its length kept. */
export function scrubbedHead(bytes: Buffer, { bound }: Pick<Permit, "bound">): Buffer {
  return bound === undefined ? bytes : bound.scrubbers.whole(bytes);
}
