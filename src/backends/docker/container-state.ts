/** What the Engine knows of one container: as much of it as is looked at. */
import type { Engine } from "./engine/engine.ts";
import { isStatus } from "./engine/failure.ts";
import { idLabel, ownerLabel, readOwner } from "./labels.ts";
import type { OwnerMark } from "./labels.ts";

export interface FoundContainer {
  readonly container: string;
  readonly name: string;
  readonly id: string;
  /** Undefined for a label that is none of ours. */
  readonly owner: OwnerMark | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** All containers that carry a bottle's label, running or not. */
export async function labelledContainers(
  engine: Engine,
  label: readonly string[] = [idLabel, ownerLabel],
): Promise<readonly FoundContainer[]> {
  const filters = JSON.stringify({ label });
  const found = await engine.call("GET", "/containers/json", { query: { all: "1", filters } });
  return (Array.isArray(found) ? (found as readonly Fields[]) : []).map((one) => {
    const labels = (one["Labels"] ?? {}) as Readonly<Record<string, string>>;
    const [name = ""] = (one["Names"] ?? []) as readonly string[];
    return {
      container: String(one["Id"]),
      // As the Engine writes it, with a slash.
      name: name.slice(1),
      id: labels[idLabel] ?? "",
      owner: readOwner(labels[ownerLabel] ?? ""),
    };
  });
}

/** The host process id of a container's first process; 0 where it does not run. */
export async function firstProcess(engine: Engine, container: string): Promise<number> {
  const found = (await engine.call("GET", `/containers/${container}/json`)) as Fields;
  const pid = ((found["State"] ?? {}) as Fields)["Pid"];
  return typeof pid === "number" ? pid : 0;
}

/** Removes the container of that name if it has just this owner: a name may be somebody else's. */
export async function removeOwn(engine: Engine, name: string, owner: string): Promise<void> {
  for (const found of await labelledContainers(engine, [`${ownerLabel}=${owner}`]))
    if (found.name === name) await removeContainer(engine, found.container);
}

/** Gone, with its processes; one that is not there, or on its way out, is as good. */
export async function removeContainer(engine: Engine, container: string): Promise<void> {
  try {
    await engine.call("DELETE", `/containers/${container}`, { query: { force: "1", v: "1" } });
  } catch (error) {
    if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
  }
}
