/** Which addresses the gateway may dial: public ones, and those that the manifest names (RFC 6890 and its registries). */
import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Authority } from "./config.ts";
import { isAddressLiteral } from "./authority.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** IPv4 that is not somewhere on the public internet (IANA special-purpose registry; 168.63.129.16 is Azure's host). */
const special4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Within 2000::/3, the only part of IPv6 given out as global unicast: tunnels, documentation and other special parts. */
const special6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
];

/** Whether an address is on the public internet. IPv4 inside IPv6, in any of its dresses, is not. */
export function createPublicCheck(): (address: string) => boolean {
  const special = new BlockList();
  for (const [net, bits] of special4) special.addSubnet(net, bits, "ipv4");
  for (const [net, bits] of special6) special.addSubnet(net, bits, "ipv6");
  const global6 = new BlockList();
  global6.addSubnet("2000::", 3, "ipv6");
  return (address) => {
    if (isIPv4(address)) return !special.check(address, "ipv4");
    if (!isIPv6(address) || address.includes("%")) return false;
    return global6.check(address, "ipv6") && !special.check(address, "ipv6");
  };
}

/**
 * Whether the gateway may dial `address` for `authority`. A literal that policy let through stands in the manifest
 * itself; `localhost` there means loopback and nothing else; every other name must lead to the public internet.
 */
export function mayDial(
  authority: Authority,
  address: string,
  isPublic: (address: string) => boolean,
): boolean {
  if (isAddressLiteral(authority.host)) return address === authority.host;
  if (authority.host === "localhost")
    return address === "::1" || (isIPv4(address) && address.startsWith("127."));
  return isPublic(address);
}
