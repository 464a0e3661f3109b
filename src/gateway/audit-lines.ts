/** The audit lines of requests: refused, answered, or cut. */
import type { RequestHead } from "./http/request-head.ts";
import type { ResponseHead } from "./http/response-head.ts";
import type { Permit } from "./pipeline.ts";
import type { Refusal } from "./refusal.ts";
import type { Routed } from "./routed.ts";
import type { Services } from "./services.ts";

/** Counts it too. */
export function writeRefused(
  services: Pick<Services, "log" | "counts">,
  refusal: Refusal,
  head: RequestHead | undefined,
  routed: Routed | undefined,
): void {
  services.counts.refusals += 1;
  const known = routed?.kind === "here" ? undefined : routed;
  services.log.write({
    event: "refused",
    door: known?.kind === "request" ? known.door : known && "proxy",
    authority: known?.authority,
    method: head?.method,
    target: known?.kind === "request" ? known.target : undefined,
    status: refusal.status,
    code: refusal.code,
    reason: refusal.reason,
  });
}

export interface Answered {
  readonly permit: Permit;
  readonly head: RequestHead;
  readonly answer: ResponseHead | undefined;
  /** Bytes of bodies. */
  readonly sent: number;
  readonly received: number;
  readonly ms: number;
}

/** `error` says why no whole answer was given. */
export function writeAnswered(
  services: Pick<Services, "log">,
  { permit, head, answer, sent, received, ms }: Answered,
  error?: { readonly code: string; readonly reason: string },
): void {
  const { routed, bound } = permit;
  services.log.write({
    event: error === undefined ? "request" : "error",
    door: routed.door,
    authority: routed.authority,
    method: head.method,
    target: routed.target,
    status: answer?.status,
    credential: bound?.credential.name,
    sent,
    received,
    ms,
    ...error,
  });
}
