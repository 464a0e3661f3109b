/** Refusals where an engine has a say. What it found is for the owner; neither is a 5xx, which agents try again for minutes. */
import { Refusal } from "../refusal.ts";

export function engineDenied(name: string, finding: string): Refusal {
  return new Refusal("engine-denied", `${name} denies this request.`, {
    reason: `${name}: ${finding}`,
  });
}

/** No verdict is a no. */
export function engineUnavailable(name: string, why: string): Refusal {
  return new Refusal(
    "engine-unavailable",
    `${name} gives no verdict, and nothing leaves without.`,
    {
      reason: `${name} gave no verdict: ${why}`,
    },
  );
}

/** What cannot be shown to it whole does not leave. */
export function engineBusy(name: string): Refusal {
  return new Refusal("gateway-busy", "The gateway holds too many bodies at once; try again.", {
    status: 503,
    reason: `no room for what ${name} has not seen yet`,
  });
}
