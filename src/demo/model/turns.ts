/** The script of a model server: what the model says, turn by turn, and how the server misbehaves. */

/** One answer of the model: words, or a call of the agent's Bash tool. */
export type Turn =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bash"; readonly command: string };

/** One request that goes wrong, in the order of arrival; afterwards the server behaves. */
export type Fault =
  /** An error answer as the API gives it. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
    }
  /** The connection is destroyed after this many events of the stream. */
  | { readonly kind: "cut"; readonly afterEvents: number }
  /** The stream begins with `event: error`. */
  | { readonly kind: "error-event" };

/** Said when the script is over. */
export const lastWords = "I have nothing more to do.";

/**
 * The turn that answers a conversation: one assistant message stands in it for each turn already given,
 * so a repeated request (retry, fallback without streaming) gets the same turn again.
 */
export function nextTurn(turns: readonly Turn[], assistantMessages: number): Turn {
  return turns[assistantMessages] ?? { kind: "text", text: lastWords };
}
