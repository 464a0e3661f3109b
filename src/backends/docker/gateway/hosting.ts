/** The link `network` of one backend: which bottle's networks are in use, and the gateways on them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayHost, GatewayHostSpec, LaunchSpec } from "../../../lifecycle/backend.ts";
import { openBoundary } from "../breaks.ts";
import type { Engine } from "../engine/engine.ts";
import { launchError } from "../engine/failure.ts";
import { untilEnd } from "../engine/until-end.ts";
import { gatewayRecipe } from "../image/recipe.ts";
import { idLabel, ownerLabel, ownerMark, writeOwner } from "../labels.ts";
import { sweepName } from "../leftovers.ts";
import { deafen } from "../network/deaf.ts";
import { createLeases } from "../network/lease.ts";
import type { LeasedNetworks, NetworkLease } from "../network/lease.ts";
import { labelledNetworks } from "../network/network-state.ts";
import { createNetworks, removeNetwork } from "../network/networks.ts";
import type { NetworksWanted } from "../network/networks.ts";
import { lastUndo } from "../running.ts";
import { hostGateway } from "./host.ts";

export interface HostingParts {
  readonly engine: () => Engine;
  readonly uid: number;
  readonly gid: number;
  /** The supervisor. */
  readonly pid: number;
  readonly dist: string;
  /** The daemon sees no folder of this machine, and knows its users no more than its files. */
  readonly elsewhere: boolean;
  /** Milliseconds that a gateway there lives on while nobody reaches it. */
  readonly ttl: number;
}

export interface Hosting {
  lease(spec: Pick<LaunchSpec, "id" | "breakBoundary">): NetworkLease;
  /** Resolves when there are networks; the gateway itself follows, beside its bottle. */
  host(spec: GatewayHostSpec): Promise<GatewayHost>;
}

/** Nobody's, and no bottle's, where root may choose. */
export const nobody = { uid: 65_532, gid: 65_532 };

export function openHosting({
  engine,
  uid,
  gid,
  pid,
  dist,
  elsewhere,
  ttl,
}: HostingParts): Hosting {
  const user = uid === 0 || elsewhere ? nobody : { uid, gid };
  const mark = (): string => writeOwner(ownerMark(uid, pid));
  const image = (): string => gatewayRecipe(dist).name;

  const make = async (wanted: NetworksWanted): Promise<LeasedNetworks> => {
    const free = (name: string): Promise<boolean> => sweepName(engine(), name, uid);
    const networks = await createNetworks(engine(), wanted, free);
    const labels = { [idLabel]: wanted.id, [ownerLabel]: wanted.owner };
    const deaf =
      wanted.open === "link-layer"
        ? Promise.resolve()
        : deafen(engine(), { bridge: networks.inside.bridge, image: image(), labels });
    deaf.catch(() => undefined);
    return { ...networks, deaf };
  };
  /** Of this owner alone: a name may be somebody else's. */
  const remove = async (id: string): Promise<void> => {
    const own = [`${idLabel}=${id}`, `${ownerLabel}=${mark()}`];
    const found = await labelledNetworks(engine(), own);
    await Promise.all(found.map(({ network }) => removeNetwork(engine(), network)));
  };
  const leases = createLeases(make, remove);
  const lease: Hosting["lease"] = ({ id, breakBoundary }) =>
    leases({ id, owner: mark(), open: openBoundary(breakBoundary) });

  return {
    lease,
    async host(spec) {
      const held = lease(spec);
      try {
        await untilEnd(engine(), spec.end).wait(held.made);
      } catch (error) {
        // A daemon that hangs is left to the next sweep.
        await Promise.race([held.release(), sleep(lastUndo, undefined, { ref: false })]);
        throw launchError(error);
      }
      const options = { image: image(), user, owner: mark(), uid, elsewhere, ttl };
      return hostGateway(spec, { engine: engine(), lease: held, ...options });
    },
  };
}
