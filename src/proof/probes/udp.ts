/** UDP to listeners on the host, plain and as DNS queries. A datagram that left without an error is reported as `sent`. */
import { createSocket } from "node:dgram";
import type { AddressTarget } from "../../helper/protocol.ts";
import { dnsQuery } from "../dns-message.ts";
import { addressOf, errorName } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** Milliseconds for a refusal to come back; on the bottle's own loopback it is there at once. */
const refusalWait = 300;

function trySend(target: AddressTarget, message: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(target.address.includes(":") ? "udp6" : "udp4");
    const done = (observed: string): void => {
      clearTimeout(timer);
      resolve(observed);
      try {
        socket.close();
      } catch {
        // Closed by its own failure.
      }
    };
    const timer = setTimeout(() => done("sent"), refusalWait);
    socket.on("error", (error) => done(errorName(error)));
    socket.on("message", () => done("answered"));
    socket.connect(target.port, target.address, (error?: Error) => {
      if (error !== undefined && error !== null) return done(errorName(error));
      socket.send(message, (failed) => {
        if (failed !== null) done(errorName(failed));
      });
    });
  });
}

const hostPlaces = ["loopback", "interface", "loopback-ipv6", "interface-ipv6"] as const;

export const udpProbes: readonly Probe[] = [
  ...hostPlaces.map((place): Probe => ({
    name: `udp-${place}`,
    run: (targets) => trySend(addressOf(targets.udp, place), Buffer.from("claude-bottle probe")),
  })),
  ...(["loopback", "interface"] as const).map((place): Probe => ({
    name: `dns-direct-${place}`,
    run: (targets) => trySend(addressOf(targets.dns, place), dnsQuery(targets.dnsName)),
  })),
];
