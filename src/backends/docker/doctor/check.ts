/** The plain answers of a check. */
import type { Check } from "../../../lifecycle/backend.ts";

/** It is as it must be. */
export function good(name: string, detail: string): Check {
  return { name, state: "good", detail };
}

/** It is not, and the rung cannot be used. */
export function bad(name: string, detail: string, remedy: string): Check {
  return { name, state: "bad", detail, remedy };
}

/** Worth knowing, and nothing that stops a bottle. */
export function open(name: string, detail: string): Check {
  return { name, state: "open", detail };
}
