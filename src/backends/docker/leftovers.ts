/** Containers whose supervisor is dead: found by their labels, and removed. Those of others are left alone. */
import type { Leftover } from "../../lifecycle/backend.ts";
import { labelledContainers, removeContainer } from "./container-state.ts";
import type { FoundContainer } from "./container-state.ts";
import { containerName } from "./container.ts";
import type { Engine } from "./engine/engine.ts";
import { ownerState } from "./labels.ts";

async function leftContainers(engine: Engine, uid: number): Promise<readonly FoundContainer[]> {
  const found = await labelledContainers(engine);
  return found.filter(({ owner }) => owner !== undefined && ownerState(owner, uid) === "dead");
}

export async function findLeft(engine: Engine, uid: number): Promise<readonly Leftover[]> {
  const left = await leftContainers(engine, uid);
  return left.map(({ id, container }) => ({ id, what: `container ${container.slice(0, 12)}` }));
}

export async function sweepLeft(engine: Engine, uid: number, id: string): Promise<void> {
  for (const found of await leftContainers(engine, uid))
    if (found.id === id) await removeContainer(engine, found.container);
}

/** True if the name was taken by what a dead supervisor left, and is free now. */
export async function sweepName(engine: Engine, name: string, uid: number): Promise<boolean> {
  const left = (await leftContainers(engine, uid)).filter(({ id }) => containerName(id) === name);
  for (const { container } of left) await removeContainer(engine, container);
  return left.length > 0;
}
