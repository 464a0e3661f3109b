/** Inside an intercepted tunnel: every request must be for the one authority that CONNECT named. */
import { namesAuthority } from "../authority.ts";
import type { Authority } from "../config.ts";
import { Refusal } from "../refusal.ts";
import type { Door } from "./door.ts";

export interface TunnelDoorOptions {
  readonly authority: Authority;
  readonly key: string;
  /** The name in the TLS greeting; undefined if there was none. */
  readonly sni: string | undefined;
  /** The host's rule says that it speaks HTTP/2. */
  readonly h2: boolean;
  /** Tests only: another name is accepted. */
  readonly anyName: boolean;
}

export function createTunnelDoor(options: TunnelDoorOptions): Door {
  const { authority, key, sni, h2, anyName } = options;
  return {
    route(head) {
      if (!anyName) {
        if (sni === undefined)
          throw new Refusal("sni-missing", "The TLS greeting names no host.", { fatal: true });
        if (sni.toLowerCase() !== authority.host)
          throw new Refusal("sni-mismatch", "The TLS greeting names another host than CONNECT.", {
            fatal: true,
          });
        if (!namesAuthority(head.host ?? "", authority))
          throw new Refusal(
            "authority-mismatch",
            "The host field names another host than CONNECT.",
          );
      }
      if (head.method === "CONNECT" || !head.target.startsWith("/"))
        throw new Refusal("target-form", "Inside a tunnel the target must be a path.");
      return { kind: "request", door: "proxy", authority, key, h2, target: head.target };
    },
  };
}
