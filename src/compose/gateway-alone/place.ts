/** Where a gateway listens, as it is written: `127.0.0.1:4180`, `[::1]:4180`, or the absolute path of a unix socket. */
import { isIP } from "node:net";
import { BottleError } from "../../errors/error.ts";
import type { ListenTarget } from "../../gateway/gateway.ts";

/** Bytes of a socket's path without its end (unix(7)). */
const longestPath = 107;

/** `open`: an address that other machines may reach is meant. */
export function placeOf(text: string, open: boolean): ListenTarget {
  if (text.startsWith("/")) {
    if (Buffer.byteLength(text) <= longestPath) return { path: text };
    throw noPlace(text, `A socket's path has at most ${longestPath} bytes.`);
  }
  const [, host = "", digits = ""] =
    /^\[?([0-9A-Fa-f.:]+|localhost)\]?:(\d{1,5})$/.exec(text) ?? [];
  const name = host === "localhost" ? "127.0.0.1" : host;
  const port = Number(digits);
  if (isIP(name) === 0 || digits === "" || port > 65_535)
    throw noPlace(text, "It is no address and port, and no absolute path.");
  if (open || isLoopback(name)) return { host: name, port };
  throw noPlace(
    text,
    "Other machines may reach that address.",
    "If they shall, say --public; else name 127.0.0.1 or a unix socket.",
  );
}

/** As a client writes it. */
export function hostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The name by which clients reach the gateway, where it is another than it listens at. */
export function doorOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = "", digits = ""] =
    /^\[?([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45})\]?:(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host !== "" && port > 0 && port <= 65_535) return { host, port };
  throw noPlace(text, "A door is a name or an address in small letters, a colon and a port.");
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function noPlace(
  text: string,
  why: string,
  next = "Write it like 127.0.0.1:4180 or /run/user/1000/gateway/socket.",
): BottleError {
  return new BottleError({
    code: "E_USAGE",
    what: `A gateway cannot be at ${JSON.stringify(text.slice(0, 200))}.`,
    why,
    next,
  });
}
