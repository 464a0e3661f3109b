/** The link `loopback` of one backend: the gateway has the network, the bottle joins it, and between them is a firewall. */
import { setTimeout as sleep } from "node:timers/promises";
import type { NetworkTarget } from "../../../helper/protocol.ts";
import type { GatewayHost, GatewayHostSpec, LaunchSpec } from "../../../lifecycle/backend.ts";
import { openBoundary } from "../breaks.ts";
import type { Engine } from "../engine/engine.ts";
import { launchError } from "../engine/failure.ts";
import { untilEnd } from "../engine/until-end.ts";
import { hostGateway } from "../gateway/host.ts";
import { nobody } from "../gateway/hosting.ts";
import { gatewayRecipe } from "../image/recipe.ts";
import { idLabel, ownerLabel, ownerMark, writeOwner } from "../labels.ts";
import { sweepName } from "../leftovers.ts";
import { ownName } from "../network/attachment.ts";
import { labelledNetworks } from "../network/network-state.ts";
import { removeNetwork } from "../network/networks.ts";
import type { MadeNetwork } from "../network/networks.ts";
import { lastUndo } from "../running.ts";
import { createEgress } from "./egress.ts";
import { raiseFirewall } from "./raise.ts";

export interface LoopbackParts {
  readonly engine: () => Engine;
  readonly uid: number;
  /** The supervisor. */
  readonly pid: number;
  readonly dist: string;
}

/** Where a bottle is put. */
export interface Beside {
  /** Of the gateway, with the firewall raised. */
  readonly container: string;
  /** For the probes. */
  readonly network: NetworkTarget;
}

export interface LoopbackHosting {
  /** Resolves when there is a network; gateway and firewall follow. */
  host(spec: GatewayHostSpec): Promise<GatewayHost>;
  /** Rejects where the gateway or its firewall has failed, and where there is none. */
  beside(spec: Pick<LaunchSpec, "id">): Promise<Beside>;
}

export function openLoopback({ engine, uid, pid, dist }: LoopbackParts): LoopbackHosting {
  const places = new Map<string, Promise<Beside>>();
  const mark = (): string => writeOwner(ownerMark(uid, pid));

  return {
    async host(spec) {
      const { id } = spec;
      const open = openBoundary(spec.breakBoundary);
      const owner = mark();
      const labels = { [idLabel]: id, [ownerLabel]: owner };
      const making = createEgress(engine(), { id, owner, open }, (name) =>
        sweepName(engine(), name, uid),
      );
      making.catch(() => undefined);
      const release = async (): Promise<void> => {
        places.delete(id);
        await making.catch(() => undefined);
        // Of this owner alone: a name may be somebody else's.
        const own = [`${idLabel}=${id}`, `${ownerLabel}=${owner}`];
        const found = await labelledNetworks(engine(), own);
        await Promise.all(found.map(({ network }) => removeNetwork(engine(), network)));
      };
      let outside: MadeNetwork;
      try {
        outside = await untilEnd(engine(), spec.end).wait(making);
      } catch (error) {
        // A daemon that hangs is left to the next sweep.
        await Promise.race([release(), sleep(lastUndo, undefined, { ref: false })]);
        throw launchError(error);
      }
      const image = gatewayRecipe(dist).name;
      const host = hostGateway(spec, {
        ...{ engine: engine(), image, owner, uid, elsewhere: false, ttl: 0 },
        lease: { made: Promise.resolve({ outside }), release },
        // Also where an ordinary user started us, whose uid the bottle has.
        user: nobody,
        async started(asked, container) {
          // Tests only: a firewall that was forgotten.
          if (open === "firewall") return;
          const wall = { gateway: nobody.uid, open: open === "network" };
          await raiseFirewall(asked, { ...wall, container, image, labels });
        },
      });
      const beside = host.container.then((container) => ({
        container,
        network: targetOf(outside),
      }));
      beside.catch(() => undefined);
      places.set(id, beside);
      return host;
    },
    beside: ({ id }) =>
      places.get(id) ?? Promise.reject(new Error("a bottle without a gateway to join")),
  };
}

function targetOf({ subnet }: MadeNetwork): NetworkTarget {
  const nobody = [subnet.bridge, subnet.bottle, ...subnet.others];
  return { gateway: "127.0.0.1", nobody, ownName, firewall: true };
}
