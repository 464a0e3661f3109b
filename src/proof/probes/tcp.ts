/** TCP to listeners on the host and to the metadata address of clouds: nothing but the door may answer. */
import { connect } from "node:net";
import { addressOf } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** What a TCP connection to that place comes to: `connected`, or the errno. */
export function tryConnect(
  place: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(place);
    socket.once("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const hostPlaces = ["loopback", "interface", "loopback-ipv6", "interface-ipv6"] as const;

export const tcpProbes: readonly Probe[] = [
  ...hostPlaces.map((place): Probe => ({
    name: `tcp-${place}`,
    run: (targets) => {
      const { address, port } = addressOf(targets.tcp, place);
      return tryConnect({ host: address, port });
    },
  })),
  {
    name: "metadata-direct",
    run: () => tryConnect({ host: "169.254.169.254", port: 80 }),
  },
];
