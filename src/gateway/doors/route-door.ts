/** The route door: base URLs such as `http://127.0.0.1:4180/anthropic`, each standing for one authority. */
import { authorityKey } from "../authority.ts";
import type { Authority, Credential } from "../config.ts";
import type { RequestHead } from "../http/request-head.ts";
import { comparablePath, pathOf } from "../path.ts";
import { Refusal } from "../refusal.ts";
import type { Routed } from "../routed.ts";

export interface RouteDoor {
  /** Whether a `Host` field names the door itself. */
  isDoor(host: string): boolean;
  /** `target` in origin-form. */
  route(head: RequestHead, target: string): Routed;
}

interface Route {
  readonly prefix: string;
  readonly basePath: string;
  readonly authority: Authority;
  readonly key: string;
}

/** `names`: what the door is called, e.g. `127.0.0.1:4180`. */
export function createRouteDoor(
  names: ReadonlySet<string>,
  credentials: readonly Credential[],
): RouteDoor {
  const routes: Route[] = credentials
    .flatMap(({ route }) => (route === undefined ? [] : [route]))
    .map((route) => ({
      prefix: withoutSlash(route.prefix),
      basePath: withoutSlash(route.basePath),
      authority: route.authority,
      key: authorityKey(route.authority),
    }))
    .toSorted((one, other) => other.prefix.length - one.prefix.length);

  return {
    isDoor: (host) => names.has(host) || names.has(host.toLowerCase()),
    route(head, target) {
      refuseOtherSites(head, names);
      const path = pathOf(target);
      comparablePath(path);
      const route = routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
      const bare = path === "/" || (route !== undefined && withoutSlash(path) === route.prefix);
      if (head.method === "HEAD" && bare) return { kind: "here" };
      if (route === undefined)
        throw new Refusal("unknown-route", "No route of the gateway begins with this path.", {
          status: 404,
        });
      const rest = target.slice(route.prefix.length);
      const upstream = `${route.basePath}${rest}`;
      return {
        kind: "request",
        door: "route",
        authority: route.authority,
        key: route.key,
        h2: false,
        target: upstream.startsWith("/") ? upstream : `/${upstream}`,
      };
    },
  };
}

const scheme = "http://";

/** A page that a browser in the bottle shows may not use the door (DESIGN section 5). */
function refuseOtherSites(head: RequestHead, names: ReadonlySet<string>): void {
  const { lowers, values } = head.fields;
  // By index: it is done for every field of every request.
  for (let index = 0; index < lowers.length; index += 1) {
    const lower = lowers[index];
    if (lower !== "origin" && lower !== "sec-fetch-site") continue;
    const value = values[index] as string;
    const foreign =
      (lower === "origin" &&
        !(value.startsWith(scheme) && names.has(value.slice(scheme.length)))) ||
      (lower === "sec-fetch-site" && value !== "same-origin" && value !== "none");
    if (foreign) throw new Refusal("cross-site", "The route door serves no other site.");
  }
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
