/** One authority: a tunnel to an allowed host must not carry TLS for another name, nor a request for another host. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { ask, connectRequest, noAllowedHost } from "./gateway.ts";
import { door, errorName } from "./probe.ts";
import type { Probe } from "./probe.ts";

const otherHost = "fronted.claude-bottle.invalid";

/** Opens a tunnel to `host`, speaks TLS for `servername` in it and asks for `/` at `requestHost`. */
async function front(host: string, servername: string, requestHost: string): Promise<string> {
  const tunnel = connect(door);
  try {
    const opened = await ask(tunnel, connectRequest(`${host}:443`));
    if (opened !== "200") return `tunnel ${opened}`;
    const secured = await handshake(tunnel, servername);
    if (typeof secured === "string") return `handshake ${secured}`;
    return await ask(secured, `GET / HTTP/1.1\r\nHost: ${requestHost}\r\n\r\n`);
  } finally {
    tunnel.destroy();
  }
}

async function handshake(tunnel: Socket, servername: string): Promise<Socket | string> {
  const tls = await import("node:tls");
  return new Promise((resolve) => {
    // Whose certificate it is does not matter here: what is asked is whether the gateway takes the request.
    const secured = tls.connect({ socket: tunnel, servername, rejectUnauthorized: false });
    secured.once("secureConnect", () => resolve(secured));
    secured.once("error", (error: Error) => resolve(handshakeError(error)));
    secured.once("close", () => resolve("closed"));
  });
}

/** Any refusal of the gateway is one word; what is no refusal keeps its own. */
function handshakeError(error: Error): string {
  const name = errorName(error);
  return name === "ECONNRESET" || name === "EPIPE" || name.startsWith("ERR_SSL_")
    ? "refused"
    : name;
}

export const frontingProbes: readonly Probe[] = [
  {
    name: "fronting-server-name",
    run: ({ allowedAuthority: host }) =>
      host === null ? noAllowedHost : front(host, otherHost, otherHost),
  },
  {
    name: "fronting-host",
    run: ({ allowedAuthority: host }) =>
      host === null ? noAllowedHost : front(host, host, otherHost),
  },
];
