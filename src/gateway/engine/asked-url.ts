/** A request's URL as an engine sees it: as the agent asked, without the placeholder that a parameter may carry. */
import { hostField } from "../authority.ts";
import { queryOf } from "../path.ts";
import type { Permit } from "../pipeline.ts";

export function askedUrl({ routed, bound }: Pick<Permit, "routed" | "bound">): string {
  const { authority, target } = routed;
  const name = bound?.credential.query?.name;
  return `${authority.scheme}://${hostField(authority)}${name === undefined ? target : without(target, name)}`;
}

function without(target: string, name: string): string {
  const query = queryOf(target);
  const others = query
    .slice(1)
    .split("&")
    .filter((part) => part !== "" && !new URLSearchParams(part).has(name));
  const path = target.slice(0, target.length - query.length);
  return others.length === 0 ? path : `${path}?${others.join("&")}`;
}
