/** What a door makes of a request head: for whom it is, before anybody asks whether it may go there. */
import type { Authority } from "./config.ts";

export interface RoutedRequest {
  readonly kind: "request";
  readonly door: "route" | "proxy";
  readonly authority: Authority;
  /** From `authorityKey`. */
  readonly key: string;
  /** Path and query for the upstream, in origin-form. */
  readonly target: string;
  /** The host's rule says that it speaks HTTP/2. */
  readonly h2: boolean;
}

export type Routed =
  | RoutedRequest
  /** A tunnel was asked for. */
  | { readonly kind: "tunnel"; readonly authority: Authority; readonly key: string }
  /** Answered here: the door stands. */
  | { readonly kind: "here" };
