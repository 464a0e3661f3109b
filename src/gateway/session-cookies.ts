/**
 * A session that a service opens for an injected credential is a credential itself, and would be one outside of the
 * bottle too. The agent could not use it through the gateway anyway: its cookies are taken off requests with a credential.
 */
import { Fields } from "./http/fields.ts";
import type { ResponseHead } from "./http/response-head.ts";

const opening: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2"]);

/** The head without what opens a session. */
export function withoutCookies(head: ResponseHead): ResponseHead {
  const { names, lowers, values } = head.fields;
  if (!lowers.some((lower) => opening.has(lower))) return head;
  const fields = new Fields();
  for (const [index, lower] of lowers.entries())
    if (!opening.has(lower)) fields.add(names[index] as string, values[index] as string);
  return { ...head, fields };
}
