/** A way into the gateway: decides for whom a request is. */
import type { RequestHead } from "../http/request-head.ts";
import type { Routed } from "../routed.ts";

export interface Door {
  /** Throws a Refusal for a request that no authority can be found for. */
  route(head: RequestHead): Routed;
}
