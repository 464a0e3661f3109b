/** The host's own addresses that a canary can listen on. */
import type { NetworkInterfaceInfo } from "node:os";

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** One address for each place a probe aims at; a place the host does not have is left out. */
export function hostAddresses(interfaces: Interfaces): ReadonlyMap<string, string> {
  const all = Object.values(interfaces).flatMap((entries) => entries ?? []);
  const places = new Map<string, string>();
  const add = (place: string, fits: (entry: NetworkInterfaceInfo) => boolean): void => {
    const found = all.find(fits);
    if (found !== undefined) places.set(place, found.address);
  };
  add("loopback", (entry) => entry.internal && entry.address === "127.0.0.1");
  add("interface", (entry) => !entry.internal && entry.family === "IPv4");
  add("loopback-ipv6", (entry) => entry.internal && entry.address === "::1");
  // A link-local address needs a zone, which no other host or bottle shares (RFC 4007 section 6).
  add(
    "interface-ipv6",
    (entry) => !entry.internal && entry.family === "IPv6" && !/^fe[89ab]/i.test(entry.address),
  );
  return places;
}

/** How many are attacked at most; each costs the control run some tenths of a millisecond. */
const mostLocal = 64;

/**
 * Every IPv4 address of the host but the loopback's own, also those of interfaces that are down, as a bridge without a container is.
 * `trie`: /proc/net/fib_trie, in which a line with an address is followed by what it is.
 */
export function localAddresses(trie: string): readonly string[] {
  const found = [...trie.matchAll(/\|-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, at = ""]) => at);
  return [...new Set(found)].filter((at) => !at.startsWith("127.")).slice(0, mostLocal);
}
