/** What a connection from the bottle meets first: the route door, and the proxy door by CONNECT or absolute-form. */
import { authorityKey, namesAuthority, parseHostPort } from "../authority.ts";
import type { Authority } from "../config.ts";
import type { RequestHead } from "../http/request-head.ts";
import { Refusal } from "../refusal.ts";
import type { Routed } from "../routed.ts";
import type { Door } from "./door.ts";
import type { RouteDoor } from "./route-door.ts";

const plain = "http://";

export function createEntryDoor(routeDoor: RouteDoor): Door {
  return {
    route(head) {
      if (head.method === "CONNECT") return tunnel(head);
      if (head.target.startsWith("/")) {
        if (!routeDoor.isDoor(head.host ?? ""))
          throw new Refusal("host-not-door", "The host field does not name the gateway's door.");
        return routeDoor.route(head, head.target);
      }
      return absolute(head, routeDoor);
    },
  };
}

/** Authority-form (RFC 9112 section 3.2.3): the port must be there, and a `Host` field must say the same. */
function tunnel(head: RequestHead): Routed {
  const { host, port } = parseHostPort(head.target);
  if (port === undefined) throw new Refusal("bad-authority", "CONNECT needs a host and a port.");
  const authority: Authority = { scheme: "https", host, port };
  if (head.host !== undefined && head.host !== head.target && !namesAuthority(head.host, authority))
    throw mismatch();
  return { kind: "tunnel", authority, key: authorityKey(authority) };
}

/** Absolute-form (RFC 9112 section 3.2.2), for plain http alone: whoever wants TLS asks for a tunnel. */
function absolute(head: RequestHead, routeDoor: RouteDoor): Routed {
  if (!head.target.startsWith(plain))
    throw new Refusal(
      "target-form",
      "The target must be a path or begin with http://; use CONNECT for https.",
    );
  const rest = head.target.slice(plain.length);
  const end = rest.search(/[/?]/);
  const name = end < 0 ? rest : rest.slice(0, end);
  const path = end < 0 ? "" : rest.slice(end);
  const target = path.startsWith("/") ? path : `/${path}`;
  if (routeDoor.isDoor(name)) {
    if (!routeDoor.isDoor(head.host ?? "")) throw mismatch();
    return routeDoor.route(head, target);
  }
  const { host, port } = parseHostPort(name);
  const authority: Authority = { scheme: "http", host, port: port ?? 80 };
  if (!namesAuthority(head.host ?? "", authority)) throw mismatch();
  return {
    kind: "request",
    door: "proxy",
    authority,
    key: authorityKey(authority),
    target,
    h2: false,
  };
}

function mismatch(): Refusal {
  return new Refusal("authority-mismatch", "The host field and the target name different hosts.");
}
