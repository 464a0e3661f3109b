/** The answer when an upstream cannot be reached: no policy, so 502, which agents rightly try again. */
import { Refusal } from "../refusal.ts";

export function unreachable(reason: string): Refusal {
  return new Refusal("upstream-unreachable", "The host cannot be reached.", {
    status: 502,
    reason,
  });
}
