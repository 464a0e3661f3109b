/** UDP to listeners on the host, plain and as DNS queries. A datagram that left without an error is reported as `sent`. */
import { createSocket } from "node:dgram";
import type { AddressTarget, ProbeTargets } from "../../helper/protocol.ts";
import { dnsQuery } from "../dns-message.ts";
import { addressOf, errorName } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** Milliseconds for a refusal to come back; on the bottle's own loopback it is there at once. */
const refusalWait = 300;
/** Milliseconds for everything; a machine that is so slow gets no verdict. */
const longestWait = 5_000;

/** `wait`: milliseconds for a refusal. */
function trySend(
  target: AddressTarget,
  message: Buffer,
  wait: number = refusalWait,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(target.address.includes(":") ? "udp6" : "udp4");
    let waiting: NodeJS.Timeout | undefined;
    const bound = setTimeout(() => done("timeout"), longestWait);
    const done = (observed: string): void => {
      clearTimeout(bound);
      clearTimeout(waiting);
      resolve(observed);
      try {
        socket.close();
      } catch {
        // Closed by its own failure.
      }
    };
    const send = (sent: () => void): void =>
      socket.send(message, (failed) => {
        if (failed === null) sent();
        else done(errorName(failed));
      });
    // Where twenty bottles start at once, a timer is seen before the refusal that came long ago. The kernel tells a refusal with
    // the next datagram as well (udp(7)), so one more is sent before the first one counts as gone.
    const again = (): void => send(() => setImmediate(() => done("sent")));
    socket.on("error", (error) => done(errorName(error)));
    socket.on("message", () => done("answered"));
    socket.connect(target.port, target.address, (error?: Error) => {
      if (error !== undefined && error !== null) return done(errorName(error));
      send(() => (waiting = setTimeout(again, wait)));
    });
  });
}

/**
 * Where the next hop is a neighbour that does not exist, nobody refuses: a datagram is dropped without a word (udp(7): of such errors
 * a socket hears by IP_RECVERR alone). That it was is told by the TCP probe of the same place, and by the canary.
 */
function waitAt(place: string, { network }: ProbeTargets): number {
  return network !== null && place === "interface" ? 0 : refusalWait;
}

const hostPlaces = ["loopback", "interface", "loopback-ipv6", "interface-ipv6"] as const;

export const udpProbes: readonly Probe[] = [
  ...hostPlaces.map((place): Probe => ({
    name: `udp-${place}`,
    run: (targets) =>
      trySend(
        addressOf(targets.udp, place),
        Buffer.from("claude-bottle probe"),
        waitAt(place, targets),
      ),
  })),
  ...(["loopback", "interface"] as const).map((place): Probe => ({
    name: `dns-direct-${place}`,
    run: (targets) =>
      trySend(addressOf(targets.dns, place), dnsQuery(targets.dnsName), waitAt(place, targets)),
  })),
];
