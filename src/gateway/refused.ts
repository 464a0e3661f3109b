/** The audit line of a refusal. */
import type { RequestHead } from "./http/request-head.ts";
import { Refusal } from "./refusal.ts";
import type { Routed } from "./routed.ts";
import type { Services } from "./services.ts";

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

/** A fault of ours. */
export function gatewayFailed(): Refusal {
  return new Refusal("gateway-failed", "The gateway failed.", { status: 502, fatal: true });
}
