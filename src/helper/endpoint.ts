/** Where the bottle's link leads: a unix socket of this machine, or a place in the bottle's own network. */
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import { portsSocket, waysBackPort } from "./protocol.ts";

/** As `connect` of node:net takes it. */
export type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

const tcp = /^tcp:(?:\[(?<six>[^\]]*)\]|(?<four>[^:]*)):(?<port>[1-9]\d{0,4})$/;

/**
 * Reads `/path/of/a.sock` or `tcp:ADDRESS:PORT` (an address of IPv6 in brackets); undefined for anything else. Names are none:
 * nothing in a bottle resolves one.
 */
export function readEndpoint(text: string): Endpoint | undefined {
  if (text.startsWith("/")) return { path: text };
  const { six, four, port } = tcp.exec(text)?.groups ?? {};
  const host = six ?? four ?? "";
  if (isIP(host) !== (six === undefined ? 4 : 6) || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

/** Where connections to the bottle's ports are brought back: beside the gateway. */
export function waysBackBeside(link: Endpoint): Endpoint {
  return "path" in link
    ? { path: join(dirname(link.path), portsSocket) }
    : { host: link.host, port: waysBackPort };
}
