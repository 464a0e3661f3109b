/**
 * A bottle's two networks: an internal one, on which nothing but its gateway answers, and an ordinary one for the gateway alone.
 * The host has no address on the internal one, and takes nothing that comes from there (deaf.ts).
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Breakable } from "../breaks.ts";
import { containerName } from "../container.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure, isStatus } from "../engine/failure.ts";
import { isAtLeast } from "../engine/version.ts";
import { idLabel, ownerLabel } from "../labels.ts";
import { subnetsOf } from "./subnet.ts";
import type { Subnet } from "./subnet.ts";

export interface MadeNetwork {
  readonly name: string;
  /** The bridge's interface, where the daemon runs. */
  readonly bridge: string;
  readonly subnet: Subnet;
}

export interface BottleNetworks {
  readonly inside: MadeNetwork;
  readonly outside: MadeNetwork;
}

export interface NetworksWanted {
  readonly id: string;
  /** For the label. */
  readonly owner: string;
  readonly open: Breakable | undefined;
}

/** Other addresses are tried as often where somebody has those. */
const attempts = 20;
/** How often a network is asked to go while the last container on it is on its way out, and the milliseconds between. */
const removals = 40;
const pace = 50;

export function networkNames(id: string): { readonly inside: string; readonly outside: string } {
  return { inside: containerName(id), outside: `${containerName(id)}-out` };
}

/** `freeName` removes what a dead supervisor left under a name; true if it was that. */
export async function createNetworks(
  engine: Engine,
  wanted: NetworksWanted,
  freeName: (name: string) => Promise<boolean>,
): Promise<BottleNetworks> {
  const names = networkNames(wanted.id);
  for (let attempt = 0; ; attempt += 1) {
    const subnets = subnetsOf(wanted.id, attempt);
    const make = (side: "inside" | "outside"): Promise<MadeNetwork> =>
      makeNetwork(engine, { name: names[side], subnet: subnets[side] }, side, wanted, freeName);
    const [inside, outside] = await Promise.allSettled([make("inside"), make("outside")]);
    if (inside.status === "fulfilled" && outside.status === "fulfilled")
      return { inside: inside.value, outside: outside.value };
    // Only what was made here: a name may be somebody else's.
    const half = [inside, outside].find(({ status }) => status === "fulfilled");
    if (half?.status === "fulfilled") await removeNetwork(engine, half.value.name);
    const refusals = [inside, outside].flatMap((one) =>
      one.status === "rejected" ? [one.reason as unknown] : [],
    );
    const other = refusals.find((reason) => !isTaken(reason));
    if (other !== undefined || attempt + 1 >= attempts) throw other ?? refusals[0];
  }
}

/** One of them, or the only one that a bottle has. */
export async function makeNetwork(
  engine: Engine,
  { name, subnet }: Pick<MadeNetwork, "name" | "subnet">,
  side: "inside" | "outside",
  wanted: NetworksWanted,
  freeName: (name: string) => Promise<boolean>,
): Promise<MadeNetwork> {
  // Docker 28, whose bridges can be without the host: no address, and no route for those on it.
  const isolates = isAtLeast(await engine.daemon(), "1.48");
  const made = { name, bridge: bridgeName(name), subnet };
  const json = settingsOf(made, side, wanted, isolates);
  const create = (): Promise<unknown> => engine.call("POST", "/networks/create", { json });
  await create().catch(async (error: unknown) => {
    if (isStatus(error, 409) && (await freeName(name))) return create();
    throw error;
  });
  return made;
}

/** The Engine has no status of its own for addresses that another network has. */
export function isTaken(reason: unknown): boolean {
  return reason instanceof EngineFailure && /overlaps|conflicts with network/i.test(reason.message);
}

/** At most 15 characters (netdevice(7)), the same for the same name. */
function bridgeName(network: string): string {
  return `cb-${createHash("sha256").update(network).digest("hex").slice(0, 11)}`;
}

function settingsOf(
  { name, bridge, subnet }: MadeNetwork,
  side: "inside" | "outside",
  { id, owner, open }: NetworksWanted,
  isolates: boolean,
): object {
  const closed = side === "inside" && open !== "network";
  const hostless = isolates
    ? { "com.docker.network.bridge.gateway_mode_ipv4": "isolated" }
    : { "com.docker.network.bridge.inhibit_ipv4": "true" };
  const bare = closed && open !== "bridge";
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: "bridge",
    Internal: closed,
    EnableIPv6: false,
    IPAM: {
      Config: [{ Subnet: subnet.cidr, ...(bare && isolates ? {} : { Gateway: subnet.bridge }) }],
    },
    Options: {
      "com.docker.network.bridge.name": bridge,
      // The gateway's has nobody else on it either.
      ...(side === "outside" ? { "com.docker.network.bridge.enable_icc": "false" } : {}),
      ...(bare ? hostless : {}),
    },
    Labels: { [idLabel]: id, [ownerLabel]: owner },
  };
}

/** Gone; one that is not there is as good. */
export async function removeNetwork(engine: Engine, name: string): Promise<void> {
  for (let left = removals; ; left -= 1) {
    try {
      await engine.call("DELETE", `/networks/${encodeURIComponent(name)}`);
      return;
    } catch (error) {
      if (isStatus(error, 404)) return;
      if (!isStatus(error, 403) || left <= 1) throw error;
      await sleep(pace);
    }
  }
}
