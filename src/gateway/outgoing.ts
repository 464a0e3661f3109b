/** What goes out for a permitted request, and the connection on which it goes. */
import type { Framing } from "./http/framing.ts";
import type { RequestHead } from "./http/request-head.ts";
import type { Permit } from "./pipeline.ts";
import type { Opener } from "./upstream/opener.ts";
import type { OutgoingRequest, UpstreamSide } from "./upstream/upstream-side.ts";

/** `h2`: the request came by HTTP/2. A WebSocket gets a connection of its own. */
export function openUpstream(
  opener: Opener,
  { routed }: Permit,
  { upgrade }: RequestHead,
  h2: boolean,
): UpstreamSide | Promise<UpstreamSide> {
  const { authority, key } = routed;
  if (upgrade !== undefined) return opener.openFresh(authority, key);
  return opener.open(authority, key, h2 || routed.h2);
}

export function outgoing(head: RequestHead, permit: Permit, framing: Framing): OutgoingRequest {
  const { target, routed, bound } = permit;
  const upgrade = head.upgrade !== undefined;
  const { authority } = routed;
  return { head, authority, target, framing, injection: bound?.injection, upgrade };
}

/** Safe methods of RFC 9110 section 9.2.1 that are asked for data alone. */
export function changesNothing({ method }: RequestHead): boolean {
  return method === "GET" || method === "HEAD";
}
