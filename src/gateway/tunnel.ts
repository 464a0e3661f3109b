/** A granted tunnel: TLS ends here, with a certificate of the bottle's own authority, and requests are read inside. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Authority } from "./config.ts";
import type { Crowded } from "./crowd.ts";
import type { Services } from "./services.ts";

const clientHello = 0x16;

export interface TunnelOptions {
  readonly socket: Socket;
  readonly authority: Authority;
  /** What came after the CONNECT already. */
  readonly rest: Buffer;
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
  const { socket, authority, rest, services } = options;
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
      ALPNProtocols: ["http/1.1"],
      SNICallback: (name, done) => {
        sni = name;
        done(null);
      },
    });
    inner.disableRenegotiation();
    inner.on("error", (error: NodeJS.ErrnoException) =>
      finish("tls-failed", error.code ?? error.message),
    );
    inner.on("close", () =>
      finish("tls-failed", "the connection ended before the greeting was over"),
    );
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
