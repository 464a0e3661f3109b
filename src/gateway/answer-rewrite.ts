/** Answers that a credential changes before the bottle sees them: held whole, bounded, and given a new length. */
import type { AnswerRewrite } from "./config.ts";
import { Fields } from "./http/fields.ts";
import type { ResponseHead } from "./http/response-head.ts";
import { createHold } from "./hold.ts";
import type { HoldBudget } from "./hold.ts";
import { Refusal } from "./refusal.ts";

export interface HeldAnswer {
  /** Throws a Refusal where it does not fit. */
  push(part: Buffer): void;
  /** The answer as the bottle gets it; throws a Refusal. */
  end(): { readonly head: ResponseHead; readonly body: Buffer };
  release(): void;
}

export function holdAnswer(
  head: ResponseHead,
  rewrite: AnswerRewrite,
  budget: HoldBudget,
): HeldAnswer {
  const hold = createHold(rewrite.limit, budget);
  return {
    push(part) {
      if (hold.add(part) !== "added") throw unreadable("it is too long to be read whole");
    },
    end() {
      let body: Buffer;
      try {
        body = rewrite.rewrite(hold.bytes(), head.fields);
      } catch (error) {
        throw unreadable(error instanceof Error ? error.message : "it cannot be read");
      }
      return {
        head: { ...head, fields: withLength(head.fields, body.length), framing: body.length },
        body,
      };
    },
    release: () => hold.release(),
  };
}

function withLength(fields: Fields, length: number): Fields {
  const changed = new Fields();
  for (const [index, lower] of fields.lowers.entries())
    // A digest of what was there before would be wrong (RFC 9530).
    if (
      ![
        "content-length",
        "content-digest",
        "repr-digest",
        "digest",
        "content-md5",
        "etag",
      ].includes(lower)
    )
      changed.add(fields.names[index] as string, fields.values[index] as string);
  changed.add("Content-Length", String(length));
  return changed;
}

function unreadable(reason: string): Refusal {
  return new Refusal("unreadable-answer", "The host's answer cannot be read and checked.", {
    status: 502,
    reason,
  });
}
