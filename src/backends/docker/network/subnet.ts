/** The addresses of a bottle's networks: chosen here, so that they are known before anything is made. */
import { createHash } from "node:crypto";

export interface Subnet {
  readonly cidr: string;
  /** What the Engine calls the subnet's gateway: the bridge's own address, which nobody has in the bottle's network. */
  readonly bridge: string;
  /** The bottle's gateway. */
  readonly gateway: string;
  readonly bottle: string;
  /** Free, and so they must stay. */
  readonly others: readonly string[];
}

/**
 * 198.19.0.0/16, in pieces of eight addresses: for tests of network devices (RFC 2544 section C.2.2), so that no network which a
 * machine or its gateway should reach has them.
 */
const pool = 0xc613_0000;
const size = 8;
const pairs = 4096;

/** The two networks of a bottle, as its id and the number of the try have it. */
export function subnetsOf(
  id: string,
  attempt: number,
): { readonly inside: Subnet; readonly outside: Subnet } {
  const hash = createHash("sha256").update(`${id} ${attempt}`).digest();
  const at = (hash.readUInt32BE(0) % pairs) * 2;
  return { inside: subnetAt(at), outside: subnetAt(at + 1) };
}

function subnetAt(index: number): Subnet {
  const first = pool + index * size;
  return {
    cidr: `${dotted(first)}/29`,
    bridge: dotted(first + 1),
    gateway: dotted(first + 2),
    bottle: dotted(first + 3),
    others: [4, 5, 6].map((offset) => dotted(first + offset)),
  };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}
