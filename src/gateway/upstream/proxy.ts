/** The way out through the owner's own proxy: it is asked for every upstream by name, and if it refuses, nothing is dialled. */
import type { Socket } from "node:net";
import { authorityKey } from "../authority.ts";
import type { Authority, UpstreamProxy } from "../config.ts";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { askProxy } from "./ask-proxy.ts";
import { dial, dialThrough } from "./dial.ts";
import type { Resolve } from "./lookups.ts";
import { createResolver } from "./resolve.ts";

import type { Trust } from "./trust.ts";
import { unreachable } from "./unreachable.ts";

export interface ProxyDialerOptions {
  readonly proxy: UpstreamProxy;
  readonly resolve: Resolve;
  readonly trust: Trust;
  /** For the proxy's own certificate. */
  trustWith(ca: string): Trust;
  readonly limits: Limits;
}

/** Resolves with a connection that ends at the authority, with TLS where it asks for it; rejects with a Refusal. */
export function createProxyDialer(
  options: ProxyDialerOptions,
): (authority: Authority, h2: boolean) => Promise<Socket> {
  const { proxy, resolve, trust, limits } = options;
  const at = proxyAuthority(proxy.url);
  const proxyTrust =
    proxy.ca === null && at.scheme === "https" ? trust : options.trustWith(proxy.ca ?? "");
  // The owner named it: it may stand on a private address, and mostly does.
  const addresses = createResolver({ resolve, anyAddress: true });

  const reach = async (): Promise<Socket> => {
    let reason = "";
    for (const address of await addresses(at)) {
      try {
        return await dial({
          authority: at,
          address,
          trust: proxyTrust,
          h2: false,
          timeoutMs: limits.dialMs,
        });
      } catch (error) {
        reason = messageOf(error);
      }
    }
    throw new Error(reason);
  };

  return async (authority, h2) => {
    const socket = await reach().catch((error: unknown) => {
      throw proxyFailed(`the proxy cannot be reached: ${messageOf(error)}`);
    });
    const status = await askProxy(socket, connectRequest(authority, proxy), limits).catch(
      (error: unknown) => {
        throw proxyFailed(`the proxy failed: ${messageOf(error)}`);
      },
    );
    if (status !== 200) {
      socket.destroy();
      throw notOpened(status);
    }
    if (authority.scheme === "http") return socket;
    return dialThrough({ authority, socket, trust, h2, timeoutMs: limits.dialMs }).catch(
      (error: unknown) => {
        throw unreachable(messageOf(error));
      },
    );
  };
}

/** Plain http goes by CONNECT as well: what the proxy sees of a request is then its host and port alone. */
function connectRequest(authority: Authority, { authorization }: UpstreamProxy): string {
  const target = authorityKey(authority).slice(`${authority.scheme}://`.length);
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (authorization !== null) lines.push(`Proxy-Authorization: ${authorization}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The manifest was checked: this is a URL of scheme, host and port. */
function proxyAuthority(text: string): Authority {
  const url = new URL(text);
  const scheme = url.protocol === "https:" ? "https" : "http";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return { scheme, host, port };
}

/** A no of the proxy is a policy, which no agent should try again for minutes; a fault of it is none (DESIGN section 5). */
function notOpened(status: number): Refusal {
  if (status < 400 || status > 499) return proxyFailed(`the proxy answered ${status}`);
  const why = status === 407 ? ": it does not take `auth` of upstreamProxy, or asks for one" : "";
  return new Refusal("upstream-proxy-refused", "The owner's proxy does not open this host.", {
    reason: `the proxy answered ${status}${why}`,
  });
}

function proxyFailed(reason: string): Refusal {
  return new Refusal("upstream-proxy-failed", "The way out does not work right now.", {
    status: 502,
    reason,
  });
}

function messageOf(error: unknown): string {
  if (error instanceof Refusal) return error.reason;
  return error instanceof Error ? error.message : "the connection failed";
}
