/** A granted tunnel: TLS ends here, with a certificate of the bottle's own authority, and requests are read inside. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Authority } from "./config.ts";
import type { TunnelPermit } from "./pipeline.ts";
import type { Crowded } from "./crowd.ts";
import type { Services } from "./services.ts";

const clientHello = 0x16;

/** A CONNECT that policy allows; its answer was not written yet. */
export interface GrantedTunnel {
  readonly socket: Socket;
  readonly authority: Authority;
  /** From `authorityKey`. */
  readonly key: string;
  /** What came after the CONNECT already. */
  readonly rest: Buffer;
  readonly permit: TunnelPermit;
}

export interface TunnelOptions extends GrantedTunnel {
  readonly services: Services;
  /** The handshake is done; `sni` is the name in the greeting. */
  readonly ready: (inner: TLSSocket, sni: string | undefined) => void;
}

export interface Handshake extends Crowded {
  sweep(ticks: number): void;
}

/** Answers the CONNECT and greets. `live` holds the handshake until it is over, which may be before this returns. */
export function openTunnel(
  options: TunnelOptions,
  live: Pick<Set<Handshake>, "add" | "delete">,
): void {
  const { socket, authority, rest, services, permit, key } = options;
  const deadline = services.ticker.after(services.limits.headMs);
  const handshake: Handshake = {
    sweep(ticks) {
      if (ticks >= deadline) socket.destroy();
    },
    destroy: () => socket.destroy(),
    leisure: "new",
  };
  live.add(handshake);
  let over = false;
  const finish = (code?: string, reason?: string): void => {
    if (over) return;
    over = true;
    live.delete(handshake);
    if (code === undefined) return;
    services.log.write({ event: "refused", door: "proxy", authority, code, reason });
    services.counts.refusals += 1;
  };

  const greet = (first: Buffer): void => {
    if (first[0] !== clientHello) {
      finish("not-tls", "what came through the tunnel is not TLS");
      socket.destroy();
      return;
    }
    if (services.knowsContext(authority.host)) return greetNow(first);
    // A flood of new names would else be served before everybody who came after it.
    services.turns.take(() => {
      if (!over) greetNow(first);
    });
  };

  const greetNow = (first: Buffer): void => {
    socket.unshift(first);
    let sni: string | undefined;
    let context;
    try {
      context = services.contextFor(authority.host);
    } catch (error) {
      finish("no-certificate", error instanceof Error ? error.message : undefined);
      socket.destroy();
      return;
    }
    const inner = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      // Nobody is asked for it: what the rule says, or what was learnt, decides. A client that offers no ALPN speaks HTTP/1.1.
      ALPNCallback: ({ protocols }) => chosen(protocols, permit.h2 || services.speaksH2(key)),
      SNICallback: (name, done) => {
        sni = name;
        done(null);
      },
    });
    inner.disableRenegotiation();
    inner.on("error", (error: NodeJS.ErrnoException) =>
      finish("tls-failed", error.code ?? error.message),
    );
    inner.on("close", () => {
      finish("tls-failed", "the connection ended before the greeting was over");
      socket.destroy();
    });
    inner.once("secure", () => {
      finish();
      options.ready(inner, sni);
    });
  };

  socket.on("error", () => finish());
  socket.on("close", () => finish());
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  if (rest.length > 0) greet(rest);
  else {
    socket.once("data", (first: Buffer) => {
      socket.pause();
      greet(first);
    });
    socket.resume();
  }
}

/** Undefined refuses the greeting with the alert of RFC 7301 section 3.2. */
function chosen(offered: readonly string[], h2: boolean): string | undefined {
  const one = offered.includes("http/1.1");
  const two = offered.includes("h2");
  if (two && (h2 || !one)) return "h2";
  return one ? "http/1.1" : undefined;
}
