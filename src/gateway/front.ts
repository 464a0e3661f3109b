/** Serves the sockets of the bottle: by HTTP/1.1 at the doors, and inside of a tunnel by what its greeting chose. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Connection } from "./connection.ts";
import type { Door } from "./doors/door.ts";
import { createTunnelDoor } from "./doors/tunnel-door.ts";
import { serveH2 } from "./h2/session.ts";
import type { H2Connection } from "./h2/session.ts";
import type { Served } from "./lasting.ts";
import type { Routed } from "./routed.ts";
import type { Services } from "./services.ts";
import { openSplice } from "./splice.ts";
import type { Splice } from "./splice.ts";
import { openTunnel } from "./tunnel.ts";
import type { GrantedTunnel, Handshake } from "./tunnel.ts";
import { startRelay } from "./websocket/relay.ts";
import type { SwitchedSockets, WebSocketRelay } from "./websocket/relay.ts";

/** What is open on the bottle's side. */
export type Live = Connection | Handshake | H2Connection | WebSocketRelay | Splice;

/** `live` holds every connection until it is over. */
export function createFront(
  services: Services,
  live: Set<Live>,
): (socket: Socket, door: Door) => void {
  const { lasting } = services;

  const switched = (sockets: SwitchedSockets): void => {
    const relay = startRelay(sockets, services, (one) => {
      live.delete(one);
      leave();
    });
    live.add(relay);
    const leave = lasting.add({
      serves: () => relay.serves,
      retire: () => relay.retire(),
      destroy: () => relay.destroy(),
    });
  };

  const passThrough = (granted: GrantedTunnel): void => {
    let leave = (): void => undefined;
    const splice = openSplice(granted, services, (one) => {
      live.delete(one);
      leave();
    });
    live.add(splice);
    leave = lasting.add({
      serves: () => splice.serves,
      recheck: (rules) => rules.pipeline.mayPass(splice.serves.authority, splice.serves.key),
      retire: () => splice.destroy(),
      destroy: () => splice.destroy(),
    });
  };

  /** `tunnel`: for whom alone it can be. */
  const serve = (socket: Socket, door: Door, tunnel?: Served): void => {
    const connection = new Connection({
      socket,
      door,
      services,
      closed: (one) => {
        live.delete(one);
        leave();
      },
      tunnel: (granted) => {
        const { authority, key, permit } = granted;
        const { anyName } = services;
        services.log.write({ event: "connect", door: "proxy", authority, status: 200 });
        if (permit.spliced) return passThrough(granted);
        const ready = (inner: TLSSocket, sni: string | undefined): void => {
          const inside = createTunnelDoor({ authority, key, sni, h2: permit.h2, anyName });
          if (inner.alpnProtocol === "h2") serveTwo(inner, inside, { authority, key });
          else serve(inner, inside, { authority, key });
        };
        openTunnel({ ...granted, services, ready }, live);
      },
      switched,
    });
    live.add(connection);
    const leave = lasting.add({
      serves: () => tunnel ?? servedBy(connection.asks),
      retire: () => connection.retire(),
      destroy: () => connection.destroy(),
    });
  };

  const serveTwo = (socket: TLSSocket, door: Door, tunnel: Served): void => {
    const connection = serveH2({
      socket,
      door,
      services,
      closed: (one) => {
        live.delete(one);
        leave();
      },
    });
    live.add(connection);
    const leave = lasting.add({
      serves: () => tunnel,
      retire: () => connection.retire(),
      destroy: () => connection.destroy(),
    });
  };

  return (socket, door) => serve(socket, door);
}

function servedBy(routed: Routed | undefined): Served | undefined {
  return routed?.kind === "request" ? routed : undefined;
}
