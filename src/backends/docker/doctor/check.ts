/** Checks in short. */
import type { Check } from "../../../lifecycle/backend.ts";

export function good(name: string, detail: string): Check {
  return { name, state: "good", detail };
}

export function bad(name: string, detail: string, remedy: string): Check {
  return { name, state: "bad", detail, remedy };
}

/** Worth knowing, and nothing that stops a bottle. */
export function open(name: string, detail: string): Check {
  return { name, state: "open", detail };
}
