/** What dead supervisors left with the daemon: found by its labels, and removed. What is others' is left alone. */
import type { Leftover } from "../../lifecycle/backend.ts";
import { labelledContainers, removeContainer } from "./container-state.ts";
import type { FoundContainer } from "./container-state.ts";
import type { Engine } from "./engine/engine.ts";
import { ownerState } from "./labels.ts";
import type { OwnerMark } from "./labels.ts";
import { removeNetwork } from "./network/networks.ts";
import { labelledNetworks } from "./network/network-state.ts";
import type { FoundNetwork } from "./network/network-state.ts";

interface Left {
  readonly containers: readonly FoundContainer[];
  readonly networks: readonly FoundNetwork[];
}

async function leftOver(engine: Engine, uid: number): Promise<Left> {
  const dead = ({ owner }: { readonly owner: OwnerMark | undefined }): boolean =>
    owner !== undefined && ownerState(owner, uid) === "dead";
  const [containers, networks] = await Promise.all([
    labelledContainers(engine),
    labelledNetworks(engine),
  ]);
  return { containers: containers.filter(dead), networks: networks.filter(dead) };
}

export async function findLeft(engine: Engine, uid: number): Promise<readonly Leftover[]> {
  const { containers, networks } = await leftOver(engine, uid);
  return [
    ...containers.map(({ id, container }) => ({ id, what: `container ${container.slice(0, 12)}` })),
    ...networks.map(({ id, name }) => ({ id, what: `network ${name}` })),
  ];
}

/** Everything of that bottle: its containers first, as a network goes only when nobody is on it. */
export async function sweepLeft(engine: Engine, uid: number, id: string): Promise<void> {
  const { containers, networks } = await leftOver(engine, uid);
  const own = containers.filter((one) => one.id === id);
  // The bottle before its gateway: nothing of it is without one.
  for (const { container } of own.toSorted((a, b) => a.name.length - b.name.length))
    await removeContainer(engine, container);
  for (const network of networks)
    if (network.id === id) await removeNetwork(engine, network.network);
}

/** True if the name was taken by what a dead supervisor left, and is free now. */
export async function sweepName(engine: Engine, name: string, uid: number): Promise<boolean> {
  const { containers, networks } = await leftOver(engine, uid);
  const own = containers.find((one) => one.name === name);
  const network = networks.find((one) => one.name === name);
  const id = own?.id ?? network?.id;
  if (id === undefined) return false;
  await sweepLeft(engine, uid, id);
  return true;
}
