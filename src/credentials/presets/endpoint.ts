/** Where a preset's service is: the authority and path of its base URL. */
import { isIP } from "node:net";
import { BottleError } from "../../errors/error.ts";
import type { Authority } from "../../gateway/config.ts";

export interface Endpoint {
  readonly authority: Authority;
  /** Without a last slash; empty for the root. */
  readonly basePath: string;
}

/** A base URL's authority and path; plain http only to an address that the manifest names, or this host. */
export function endpoint(preset: string, text: string): Endpoint {
  const refuse = (why: string): BottleError => urlError(preset, why);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refuse("It is no URL.");
  const scheme =
    url.protocol === "https:" ? "https" : url.protocol === "http:" ? "http" : undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const basePath = url.pathname.replace(/\/+$/, "");
  if (scheme === undefined) throw refuse("Its scheme is neither https nor http.");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw refuse("It holds more than host, port and path.");
  if (!/^(?:\/[\w.~-]+)*$/.test(basePath) || /\/\.{1,2}(?:\/|$)/.test(basePath))
    throw refuse("Its path has characters beyond letters, digits and `-._~`.");
  if (scheme === "http" && isIP(host) === 0 && host !== "localhost")
    throw refuse(
      "Plain http would show the secret to the network: it is only for an address or localhost.",
    );
  if (host === "" || host.endsWith(".")) throw refuse("Its host is not one plain name or address.");
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return { authority: { scheme, host, port }, basePath };
}

function urlError(preset: string, why: string): BottleError {
  return new BottleError({
    code: "E_CREDENTIAL_URL",
    what: `The url of the ${preset} credential cannot be used.`,
    why,
    next: "Write it as https://host[:port][/path].",
  });
}
