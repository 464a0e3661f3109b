/** What the Engine knows of networks: as much of it as is looked at. */
import type { Engine } from "../engine/engine.ts";
import { idLabel, ownerLabel, readOwner } from "../labels.ts";
import type { OwnerMark } from "../labels.ts";

export interface FoundNetwork {
  /** The Engine's own id: a name may be of several. */
  readonly network: string;
  readonly name: string;
  /** The bottle's. */
  readonly id: string;
  /** Undefined for a label that is none of ours. */
  readonly owner: OwnerMark | undefined;
}

/** All networks that carry a bottle's labels, or just these. */
export async function labelledNetworks(
  engine: Engine,
  label: readonly string[] = [idLabel, ownerLabel],
): Promise<readonly FoundNetwork[]> {
  const query = { filters: JSON.stringify({ label }) };
  const found = await engine.call("GET", "/networks", { query });
  const all = Array.isArray(found) ? (found as readonly Readonly<Record<string, unknown>>[]) : [];
  return all.map((one) => {
    const labels = (one["Labels"] ?? {}) as Readonly<Record<string, string>>;
    return {
      network: String(one["Id"]),
      name: String(one["Name"]),
      id: labels[idLabel] ?? "",
      owner: readOwner(labels[ownerLabel] ?? ""),
    };
  });
}
