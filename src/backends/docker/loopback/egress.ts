/** The one network of a bottle whose link is `loopback`: the gateway's way out, on which nobody else is. */
import type { Engine } from "../engine/engine.ts";
import { isTaken, makeNetwork, networkNames } from "../network/networks.ts";
import type { MadeNetwork, NetworksWanted } from "../network/networks.ts";
import { subnetsOf } from "../network/subnet.ts";

/** Other addresses are tried as often where somebody has those. */
const attempts = 20;

/** `freeName` removes what a dead supervisor left under a name; true if it was that. */
export async function createEgress(
  engine: Engine,
  wanted: NetworksWanted,
  freeName: (name: string) => Promise<boolean>,
): Promise<MadeNetwork> {
  for (let attempt = 0; ; attempt += 1) {
    const { outside } = subnetsOf(wanted.id, attempt);
    const name = networkNames(wanted.id).outside;
    try {
      return await makeNetwork(engine, { name, subnet: outside }, "outside", wanted, freeName);
    } catch (error) {
      if (!isTaken(error) || attempt + 1 >= attempts) throw error;
    }
  }
}
