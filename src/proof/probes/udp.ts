/** UDP to listeners on the host, plain and as DNS queries. A datagram that left without an error is reported as `sent`. */
import { createSocket } from "node:dgram";
import type { AddressTarget } from "../../helper/protocol.ts";
import { dnsQuery } from "../dns-message.ts";
import { addressOf, errorName } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** Milliseconds for a refusal to come back; on the bottle's own loopback it is there at once. */
const refusalWait = 300;
/** Milliseconds for everything; a machine that is so slow gets no verdict. */
const longestWait = 5_000;

function trySend(target: AddressTarget, message: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(target.address.includes(":") ? "udp6" : "udp4");
    let wait: NodeJS.Timeout | undefined;
    const bound = setTimeout(() => done("timeout"), longestWait);
    const done = (observed: string): void => {
      clearTimeout(bound);
      clearTimeout(wait);
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
      send(() => (wait = setTimeout(again, refusalWait)));
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
