/** Refusals of what may not leave: what it is called, and where it was; never what it is. */
import { Refusal } from "./refusal.ts";

/** A value that is held was found. */
export function blockedValue(name: string, where: "head" | "body"): Refusal {
  return new Refusal("blocked-value", "The request holds a value that may not leave.", {
    reason: `${name} was in the ${where}`,
  });
}

/** A token of a known service was found. */
export function blockedPattern(name: string, where: "head" | "body"): Refusal {
  return new Refusal(
    "blocked-pattern",
    `The request holds what looks like ${name}; where the owner wants that, the host's rule says patterns: off.`,
    { reason: `${name} was in the ${where}` },
  );
}
