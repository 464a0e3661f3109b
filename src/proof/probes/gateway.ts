/** Requests to the proxy door that policy must refuse, each with its code. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { addressProbeHost } from "../address-probe.ts";
import { addressOf, door, errorName } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** Bytes of an answer's head that are looked at. */
const maxHead = 16 * 1024;
/** What a probe observes where the policy allows no host to try it with. */
export const noAllowedHost = "no allowed host";

/** Sends `request` and sums up the answer: status, and the gateway's code where it has one. */
export function ask(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve) => {
    let head = "";
    const look = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (head.includes("\r\n\r\n") || head.length > maxHead) finish(summary(head));
    };
    const finish = (observed: string): void => {
      socket.off("data", look);
      resolve(observed);
    };
    socket.on("data", look);
    socket.once("error", (error) => finish(errorName(error)));
    socket.once("end", () => finish(head === "" ? "closed" : summary(head)));
    socket.write(request);
  });
}

function summary(head: string): string {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  if (status === undefined) return "no answer in HTTP/1.1";
  const code = /^x-claude-bottle:[ \t]*([a-z0-9-]{1,60})[ \t]*\r$/im.exec(head)?.[1];
  return code === undefined ? status : `${status} ${code}`;
}

async function throughDoor(request: string): Promise<string> {
  const socket = connect(door);
  try {
    return await ask(socket, request);
  } finally {
    socket.destroy();
  }
}

/** The request that opens a tunnel (RFC 9110 section 9.3.6). */
export function connectRequest(authority: string): string {
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
}

const connectTo = (authority: string): Promise<string> => throughDoor(connectRequest(authority));

export const gatewayProbes: readonly Probe[] = [
  {
    name: "gateway-loopback-address",
    run: (targets) => connectTo(`127.0.0.1:${addressOf(targets.tcp, "loopback").port}`),
  },
  {
    name: "gateway-host-address",
    run: (targets) => {
      const { address, port } = addressOf(targets.tcp, "interface");
      return connectTo(`${address}:${port}`);
    },
  },
  { name: "gateway-metadata", run: () => connectTo("169.254.169.254:80") },
  { name: "gateway-denied-name", run: () => connectTo("denied.claude-bottle.invalid:443") },
  {
    name: "gateway-denied-port",
    run: (targets) =>
      targets.allowedAuthority === null
        ? noAllowedHost
        : connectTo(`${targets.allowedAuthority}:1`),
  },
  {
    // Allowed by name, and its address is the host's loopback: only the check of the address can refuse it.
    name: "gateway-private-address",
    run: () =>
      throughDoor(
        `GET http://${addressProbeHost}/ HTTP/1.1\r\nHost: ${addressProbeHost}\r\nConnection: close\r\n\r\n`,
      ),
  },
];
