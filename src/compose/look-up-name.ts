/** The names of upstreams, asked of this system's resolver. */
import { lookup } from "node:dns/promises";
import type { ResolvedAddress } from "../gateway/address.ts";

/** Every address, in the order the resolver gives them. */
export async function lookUpName(host: string): Promise<readonly ResolvedAddress[]> {
  const found = await lookup(absoluteName(host), { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/**
 * With a last dot a name is looked up as it is; without, one that does not exist is tried below the search domains of this
 * machine too (resolv.conf(5), search). Names of one label stand in the hosts file alone, which knows no dots.
 */
export function absoluteName(host: string): string {
  return host.includes(".") ? `${host}.` : host;
}
