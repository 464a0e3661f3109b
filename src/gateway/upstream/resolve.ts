/** Turns a permitted authority into addresses that may be dialled: resolves once, and checks every answer. */
import { createPublicCheck, mayDial } from "../address.ts";
import type { ResolvedAddress } from "../address.ts";
import { isAddressLiteral } from "../authority.ts";
import type { Authority } from "../config.ts";
import { Refusal } from "../refusal.ts";
import type { Resolve } from "./lookups.ts";
import { unreachable } from "./unreachable.ts";

export interface ResolverOptions {
  /** Rejects with a Refusal. */
  readonly resolve: Resolve;
  /** Tests only: every address may be dialled. */
  readonly anyAddress: boolean;
}

/** More addresses than this are not tried. */
const mostAddresses = 8;

/** One bad address among good ones refuses them all: an attacker's name server must not pick which one is met. */
export function createResolver(
  options: ResolverOptions,
): (authority: Authority) => Promise<readonly ResolvedAddress[]> {
  const isPublic = createPublicCheck();
  return async (authority) => {
    const { host } = authority;
    const addresses = isAddressLiteral(host)
      ? [{ address: host, family: host.includes(":") ? (6 as const) : (4 as const) }]
      : await options.resolve(host);
    if (addresses.length === 0) throw unreachable("the name has no address");
    const bad = addresses.find(({ address }) => !mayDial(authority, address, isPublic));
    if (bad !== undefined && !options.anyAddress)
      throw new Refusal(
        "address-not-allowed",
        "The host leads to an address that is not on the public internet.",
        {
          reason: `${host} resolves to ${bad.address}`,
        },
      );
    return addresses.slice(0, mostAddresses);
  };
}
