/** The volumes of a bottle whose daemon shares no file system with us: by their labels anybody finds whose they are and what of. */
import type { Engine } from "../engine/engine.ts";
import { isStatus } from "../engine/failure.ts";
import { idLabel, ownerLabel, readOwner } from "../labels.ts";
import type { OwnerMark } from "../labels.ts";

/** What of the bottle is in it. */
export const partLabel = "claude-bottle.part";

/** `workspace` and `home` hold work until it was carried out; `link` never does. */
export const volumeParts = ["workspace", "home", "link"] as const;
export type VolumePart = (typeof volumeParts)[number];

export interface FoundVolume {
  readonly name: string;
  readonly id: string;
  readonly part: string;
  /** Undefined for a label that is none of ours. */
  readonly owner: OwnerMark | undefined;
}

export function volumeName(id: string, part: VolumePart): string {
  return `claude-bottle-${id}-${part}`;
}

/** One that is there stays as it is, also under other labels. */
export async function createVolume(
  engine: Engine,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const json = { Name: name, Driver: "local", Labels: labels };
  await engine.call("POST", "/volumes/create", { json });
}

export function volumeLabels(
  id: string,
  owner: string,
  part: VolumePart,
): Readonly<Record<string, string>> {
  return { [idLabel]: id, [ownerLabel]: owner, [partLabel]: part };
}

type Fields = Readonly<Record<string, unknown>>;

/** Volumes with these labels; all bottles' without any. */
export async function labelledVolumes(
  engine: Engine,
  label: readonly string[] = [idLabel, partLabel],
): Promise<readonly FoundVolume[]> {
  const filters = JSON.stringify({ label });
  const found = (await engine.call("GET", "/volumes", { query: { filters } })) as Fields;
  const list = Array.isArray(found["Volumes"]) ? (found["Volumes"] as readonly Fields[]) : [];
  return list.map((one) => {
    const labels = (one["Labels"] ?? {}) as Readonly<Record<string, string>>;
    return {
      name: String(one["Name"]),
      id: labels[idLabel] ?? "",
      part: labels[partLabel] ?? "",
      owner: readOwner(labels[ownerLabel] ?? ""),
    };
  });
}

/** Where the daemon's machine has it; undefined if there is none of that name. */
export async function volumePlace(engine: Engine, name: string): Promise<string | undefined> {
  try {
    const found = (await engine.call("GET", `/volumes/${name}`)) as Fields;
    return String(found["Mountpoint"]);
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** One that is not there is as good; one that is in use stays, and says so. */
export async function removeVolume(engine: Engine, name: string): Promise<void> {
  try {
    await engine.call("DELETE", `/volumes/${name}`);
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}
