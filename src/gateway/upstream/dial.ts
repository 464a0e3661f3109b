/** Connects to one checked address, with TLS where the authority asks for it; never to a name. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls, createSecureContext, rootCertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import type { ResolvedAddress } from "../address.ts";
import { isAddressLiteral } from "../authority.ts";
import type { Authority } from "../config.ts";

/** Trust for upstreams: Node's own roots and the manifest's; made at the first use, since it takes 40 ms. */
export function createTrust(extraCa: readonly string[]): () => SecureContext {
  let context: SecureContext | undefined;
  return () =>
    (context ??= createSecureContext({
      ...(extraCa.length === 0 ? {} : { ca: [...rootCertificates, ...extraCa] }),
      minVersion: "TLSv1.2",
    }));
}

export interface DialOptions {
  readonly authority: Authority;
  readonly address: ResolvedAddress;
  readonly trust: () => SecureContext;
  readonly timeoutMs: number;
}

/** Resolves when the connection stands and, with TLS, its certificate was found good for the authority. */
export function dial(options: DialOptions): Promise<Socket> {
  const { authority, address } = options;
  return new Promise((resolve, reject) => {
    const socket =
      authority.scheme === "https"
        ? dialTls(options)
        : connect({ host: address.address, port: authority.port });
    const timer = setTimeout(
      () => socket.destroy(new Error("no connection in time")),
      options.timeoutMs,
    );
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once("error", failed);
    // For good: an error between this and the next listener would end the supervisor.
    socket.on("error", () => undefined);
    socket.once("close", () => failed(new Error("the connection closed")));
    socket.once(authority.scheme === "https" ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 60_000);
      resolve(socket);
    });
  });
}

function dialTls({ authority, address, trust }: DialOptions): Socket {
  return connectTls({
    host: address.address,
    port: authority.port,
    // Without a name the certificate is checked for the address (RFC 6066 section 3: no literals in SNI).
    ...(isAddressLiteral(authority.host) ? {} : { servername: authority.host }),
    secureContext: trust(),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
  });
}
