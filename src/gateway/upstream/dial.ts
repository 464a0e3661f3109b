/** Connects to one checked address, or speaks through a connection that stands; with TLS where the authority asks for it. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { ConnectionOptions, DetailedPeerCertificate } from "node:tls";
import type { ResolvedAddress } from "../address.ts";
import { isAddressLiteral } from "../authority.ts";
import type { Authority } from "../config.ts";
import type { Trust } from "./trust.ts";

interface Target {
  /** HTTP/2 is offered beside HTTP/1.1. */
  readonly h2: boolean;
  readonly authority: Authority;
  readonly trust: Trust;
  readonly timeoutMs: number;
}

/** Resolves when the connection stands and, with TLS, its certificate was found good for the authority. */
export function dial(options: Target & { readonly address: ResolvedAddress }): Promise<Socket> {
  const { authority, address, timeoutMs } = options;
  const to = { host: address.address, port: authority.port };
  return authority.scheme === "https"
    ? standing(connectTls({ ...tlsOptions(options), ...to }), "secureConnect", timeoutMs)
    : standing(connect(to), "connect", timeoutMs);
}

/** The same for TLS through a connection that somebody else opened; it is gone with what stands on it. */
export function dialThrough(options: Target & { readonly socket: Socket }): Promise<Socket> {
  const { authority, socket, timeoutMs } = options;
  // With a socket, the host serves to check the certificate alone.
  const inner = connectTls({ ...tlsOptions(options), host: authority.host, socket });
  inner.once("close", () => socket.destroy());
  return standing(inner, "secureConnect", timeoutMs);
}

function standing(
  socket: Socket,
  event: "connect" | "secureConnect",
  timeoutMs: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error("no connection in time")), timeoutMs);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once("error", failed);
    // For good: an error between this and the next listener would end the supervisor.
    socket.on("error", () => undefined);
    socket.once("close", () => failed(new Error("the connection closed")));
    socket.once(event, () => {
      clearTimeout(timer);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 60_000);
      resolve(socket);
    });
  });
}

function tlsOptions({ authority, trust, h2 }: Target): ConnectionOptions {
  return {
    // Without a name the certificate is checked for the address (RFC 6066 section 3: no literals in SNI).
    ...(isAddressLiteral(authority.host) ? {} : { servername: authority.host }),
    secureContext: trust.context(),
    // Called with the detailed form (lib/_tls_wrap.js, onConnectSecure).
    checkServerIdentity: (_name, leaf) =>
      trust.check(authority.host, leaf as DetailedPeerCertificate),
    ALPNProtocols: h2 ? ["h2", "http/1.1"] : ["http/1.1"],
    rejectUnauthorized: true,
  };
}

/** Whether both sides chose HTTP/2. */
export function choseH2(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.alpnProtocol === "h2";
}
