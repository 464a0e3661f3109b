/** What a gateway alone writes down: everything its clients do, and of strangers no more than a log can bear. */
import type { AuditEvent } from "../../gateway/config.ts";

/** Refusals that somebody without any placeholder can cause. On TCP that may be any user of the machine. */
const strangers: ReadonlySet<string> = new Set([
  "client-unknown",
  "cross-site",
  "host-not-door",
  "http-version",
  "malformed-request",
  "method-not-allowed",
  "placeholder-missing",
  "request-timeout",
  "target-form",
  "unknown-route",
]);

/** Lines a minute. */
const most = 120;
const minute = 60_000;

/** Passes events on; what of strangers exceeds the bound is counted, and told by one line a minute. */
export function boundStrangers(write: (event: AuditEvent) => void): (event: AuditEvent) => void {
  let since = 0;
  let count = 0;
  const tell = (at: number): void => {
    const left = count - most;
    count = 0;
    if (left <= 0) return;
    write({
      at,
      event: "note",
      code: "refusals-left-out",
      reason: `${left} more refusals of requests without a placeholder, in one minute`,
    });
  };
  return (event) => {
    if (event.at - since >= minute || event.at < since) {
      tell(event.at);
      since = event.at;
    }
    if (event.event === "refused" && strangers.has(event.code ?? "")) {
      count += 1;
      if (count > most) return;
    }
    write(event);
  };
}
