/** The folders of one bottle in volumes of its daemon: made empty, filled before the agent starts, and fetched when it has ended. */
import { BottleError } from "../../../errors/error.ts";
import type { LaunchSpec } from "../../../lifecycle/backend.ts";
import { inside } from "../../inside.ts";
import type { Owner } from "../../owner.ts";
import type { Engine } from "../engine/engine.ts";
import { idLabel, ownerLabel } from "../labels.ts";
import { openCarrier } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import { carryIn, carryOut } from "./carry.ts";
import type { CarriedFolders } from "./carry.ts";
import { volumeMount } from "./programs.ts";
import {
  createVolume,
  labelledVolumes,
  removeVolume,
  volumeLabels,
  volumeName,
  volumeParts,
} from "./volumes.ts";

export interface VolumesOptions {
  readonly spec: Pick<
    LaunchSpec,
    "id" | "linkDir" | "workspace" | "home" | "workspaceTarget" | "limits"
  >;
  /** The bottle's processes there. */
  readonly user: Owner;
  /** For the label. */
  readonly owner: string;
  /** To whom root gives what comes back. */
  readonly recordOwner: Owner | undefined;
  readonly image: string;
}

export interface BottleVolumes {
  /** As a container's configuration has them. */
  readonly mounts: readonly object[];
  carryIn(): Promise<void>;
  carryOut(): Promise<void>;
  /** With everything in them. */
  remove(): Promise<void>;
}

export async function openVolumes(
  engine: Engine,
  { spec, user, owner, recordOwner, image }: VolumesOptions,
): Promise<BottleVolumes> {
  const { id, linkDir, workspace, home, workspaceTarget, limits } = spec;
  const [left] = await labelledVolumes(engine, [`${idLabel}=${id}`]);
  if (left !== undefined) throw stillThere(id);
  for (const part of volumeParts)
    await createVolume(engine, volumeName(id, part), volumeLabels(id, owner, part));
  const carrier = await openOwnCarrier(engine, { id, owner, image });
  const folders = { id, workspace, home };
  const targets = { workspace: workspaceTarget, home: inside.home, link: inside.link } as const;
  const room = limits.find(({ name }) => name === "disk")?.value ?? 0;
  return {
    mounts: volumeParts.map((part) => ({
      ...volumeMount(volumeName(id, part), targets[part]),
      ReadOnly: part === "link",
    })),
    carryIn: () => carryIn(carrier, folders, linkDir, user),
    carryOut: async () => {
      await carryOut(carrier, folders, { room, owner: recordOwner });
    },
    remove: () => removeVolumes(engine, id, carrier),
  };
}

export interface FetchOptions {
  readonly room: number;
  readonly recordOwner: Owner | undefined;
}

/** Fetches what a bottle left whose supervisor died, and removes it there; false if nothing is there. */
export async function fetchVolumes(
  engine: Engine,
  folders: CarriedFolders,
  { room, recordOwner }: FetchOptions,
): Promise<boolean> {
  const { id } = folders;
  const found = await labelledVolumes(engine, [`${idLabel}=${id}`]);
  const parts = new Set(found.map(({ part }) => part));
  if (!parts.has("workspace") || !parts.has("home")) return false;
  const carrier = await openOwnCarrier(engine, { id, owner: "", image: await anyImage(engine) });
  await carryOut(carrier, folders, { room, owner: recordOwner });
  await removeVolumes(engine, id, carrier);
  return true;
}

/** Gives up what is in them. */
export async function removeVolumes(engine: Engine, id: string, carrier?: Carrier): Promise<void> {
  await carrier?.remove();
  for (const { name } of await labelledVolumes(engine, [`${idLabel}=${id}`]))
    await removeVolume(engine, name);
}

function openOwnCarrier(
  engine: Engine,
  { id, owner, image }: { readonly id: string; readonly owner: string; readonly image: string },
): Promise<Carrier> {
  const volumes = Object.fromEntries(volumeParts.map((part) => [part, volumeName(id, part)]));
  const labels = { [idLabel]: id, [ownerLabel]: owner };
  return openCarrier(engine, { name: `claude-bottle-${id}-carrier`, image, labels, volumes });
}

/** The bottle's own may be gone; nothing of it is run. */
async function anyImage(engine: Engine): Promise<string> {
  const found = (await engine.call("GET", "/images/json")) as readonly { readonly Id: string }[];
  const [first] = found;
  if (first !== undefined) return first.Id;
  throw new BottleError({
    code: "E_CARRY_OUT",
    what: "The daemon has no image any more, and without one it hands out no volume.",
    next: "Say `bottle image build` there, and try again.",
  });
}

function stillThere(id: string): BottleError {
  return new BottleError({
    code: "E_CARRY_IN",
    what: `The daemon's machine holds work of ${id} that was not fetched.`,
    next: `Fetch it with \`bottle diff ${id}\`, then go on.`,
  });
}
