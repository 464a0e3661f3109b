/**
 * What a bottle may only read (helper, agent, files of /etc) in volumes named by their content: what a daemon has is not sent to it
 * again, whichever bottle needs it. A volume is whole once another, empty one says so: an archive that was cut off leaves none.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { packTree } from "../../../carry/pack.ts";
import type { Engine } from "../engine/engine.ts";
import { machineMark } from "../labels.ts";
import { packing, programHash } from "../program-hash.ts";
import { openCarrier } from "./carrier.ts";
import { createVolume, volumePlace } from "./volumes.ts";

/** The hash of what is in it. */
export const programLabel = "claude-bottle.program";
/** What it was made from, so that a large program need not be read again to know its hash. */
const stampLabel = "claude-bottle.stamp";
const wholeSuffix = "-whole";

/** A file or folder of this machine, and where it, or what is in it, shall be. */
export interface Program {
  readonly source: string;
  /** `inside`: from the source on; empty for itself. */
  readonly targets: readonly { readonly inside: string; readonly target: string }[];
}

interface Known {
  readonly hash: string;
  readonly stamp: string;
  readonly whole: boolean;
}

/** The mounts that bring the programs in; what the daemon lacks is sent first. */
export async function carryPrograms(
  engine: Engine,
  image: string,
  programs: readonly Program[],
): Promise<readonly object[]> {
  const known = await knownPrograms(engine);
  const mounts: object[] = [];
  for (const [index, { source, targets }] of programs.entries()) {
    const stamp = stampOf(source);
    const hash = known.find((one) => one.stamp === stamp)?.hash ?? (await programHash(source));
    const name = `claude-bottle-program-${hash}`;
    if (known.find((one) => one.hash === hash)?.whole !== true)
      await send(engine, {
        name,
        image,
        source,
        labels: { [programLabel]: hash, [stampLabel]: stamp },
      });
    const place = (await volumePlace(engine, name)) ?? "";
    // A volume that a container names is in use, and nobody clears it away.
    const held = `/opt/claude-bottle/carried/${index}`;
    mounts.push({ ...volumeMount(name, held), ReadOnly: true });
    for (const { inside, target } of targets)
      mounts.push({
        Type: "bind",
        Source: `${place}/content${inside === "" ? "" : `/${inside}`}`,
        Target: target,
        ReadOnly: true,
        // The daemon wants it so within its own data (moby, volume/mounts, validateBind…): what it mounts later comes along, and it mounts nothing there.
        BindOptions: { Propagation: "rslave" },
      });
  }
  return mounts;
}

/** Names of those that no container uses, each before the one that says it is whole. */
export async function unusedPrograms(engine: Engine): Promise<readonly string[]> {
  const filters = JSON.stringify({ label: [programLabel], dangling: ["true"] });
  const names = (await listVolumes(engine, filters)).map(({ Name }) => Name);
  const bare = names.filter((name) => !name.endsWith(wholeSuffix));
  return bare.flatMap((name) => [`${name}${wholeSuffix}`, name]);
}

export function volumeMount(name: string, target: string): object {
  return { Type: "volume", Source: name, Target: target, VolumeOptions: { NoCopy: true } };
}

async function knownPrograms(engine: Engine): Promise<readonly Known[]> {
  const found = await listVolumes(engine, JSON.stringify({ label: [programLabel] }));
  const names = new Set(found.map(({ Name }) => Name));
  return found.map(({ Name, Labels }) => ({
    hash: Labels?.[programLabel] ?? "",
    stamp: Labels?.[stampLabel] ?? "",
    whole: names.has(`${Name}${wholeSuffix}`),
  }));
}

interface Listed {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

async function listVolumes(engine: Engine, filters: string): Promise<readonly Listed[]> {
  const found = (await engine.call("GET", "/volumes", { query: { filters } })) as {
    readonly Volumes?: readonly Listed[] | null;
  };
  return found.Volumes ?? [];
}

interface Sending {
  readonly name: string;
  readonly image: string;
  readonly source: string;
  readonly labels: Readonly<Record<string, string>>;
}

async function send(engine: Engine, { name, image, source, labels }: Sending): Promise<void> {
  await createVolume(engine, name, labels);
  const own = `${name}-${process.pid}`;
  const carrier = await openCarrier(engine, {
    name: own,
    image,
    labels,
    volumes: { program: name },
  });
  try {
    await carrier.put(packTree([{ name: "program/content", source }], packing));
    await createVolume(engine, `${name}${wholeSuffix}`, labels);
  } finally {
    await carrier.remove();
  }
}

/** As this machine has it now: no program can set the time of its last change (inode(7)). */
function stampOf(source: string): string {
  const found = statSync(source, { bigint: true });
  // What is in a folder changes without it.
  if (found.isDirectory()) return "";
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  const facts = [machineMark(), dev, ino, size, mtimeNs, ctimeNs].join(".");
  return createHash("sha256").update(facts).digest("hex").slice(0, 32);
}
