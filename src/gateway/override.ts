/** Refuses what makes some frameworks take another method or path than the request line's, which the rules looked at. */
import type { RequestHead } from "./http/request-head.ts";
import { Refusal } from "./refusal.ts";

const overriding: ReadonlySet<string> = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-uri",
  "x-original-url",
  "x-rewrite-url",
]);

/** For hosts whose rules name methods or paths. */
export function refuseOverrides(head: RequestHead, target: string): void {
  // Some servers make one name of both signs (RFC 3875 section 4.1.18).
  const field = head.fields.lowers.find((lower) =>
    overriding.has(lower.includes("_") ? lower.replaceAll("_", "-") : lower),
  );
  if (field !== undefined) throw override(`its field ${field}`);
  const mark = target.indexOf("?");
  if (mark >= 0 && new URLSearchParams(target.slice(mark)).has("_method"))
    throw override("its parameter _method");
}

function override(what: string): Refusal {
  return new Refusal(
    "request-not-allowed",
    "The manifest does not allow a request to ask for another method or path than its first line.",
    { reason: `${what} may stand for another method or path` },
  );
}
