/** Brings a bottle's git objects into a repository of ours, every one of them through git's strict pack reader. */
import { existsSync, read as readCallback } from "node:fs";
import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { damaged, tooLarge } from "./errors.ts";
import { writeTo } from "./git.ts";
import { createPackWriter } from "./pack.ts";
import type { Stage } from "./stage.ts";
import type { OpenFile, SafeFolder } from "../safe-folder.ts";

const read = promisify(readCallback);

const maxLoose = 500_000;
const maxPacks = 1_000;
const maxLooseFile = 256 * 1024 * 1024;
const maxPack = 4 * 1024 * 1024 * 1024;

/**
 * Objects that the owner's repository has under the same name stay out, and so do packs from before `since` (milliseconds since
 * the epoch), which are the owner's history: leaving out is always safe, what is missing then is an error.
 */
export async function importObjects(git: SafeFolder, stage: Stage, since: number): Promise<void> {
  using objects = git.folder("objects");
  if (objects === undefined) throw damaged("it has no objects, or they are elsewhere");
  await importLoose(objects, stage);
  await importPacks(objects, stage, since);
}

/** Whether the owner has the file at this place below his objects. */
function ownerHas(stage: Stage, path: string): boolean {
  return stage.owner !== undefined && existsSync(`${stage.owner.objects}/${path}`);
}

async function importLoose(objects: SafeFolder, stage: Stage): Promise<void> {
  const found = looseNames(objects, stage);
  if (found.length === 0) return;
  await indexPack(stage, async (stdin) => {
    const pack = await createPackWriter(stdin, found.length, stage.format);
    for (const [folder, name] of found) {
      using inside = objects.folder(folder);
      const raw = inside?.read(name, maxLooseFile);
      if (raw === undefined) throw damaged("a loose object is no plain file, or too long");
      await pack.add(raw);
    }
    await pack.end();
  });
}

function looseNames(objects: SafeFolder, stage: Stage): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (const folder of objects.names()) {
    if (folder.kind !== "folder" || !/^[0-9a-f]{2}$/.test(folder.name)) continue;
    using inside = objects.folder(folder.name);
    for (const { name } of inside?.names() ?? []) {
      if (name.length !== stage.idLength - 2 || !/^[0-9a-f]+$/.test(name)) continue;
      if (ownerHas(stage, `${folder.name}/${name}`)) continue;
      found.push([folder.name, name]);
      if (found.length > maxLoose) throw tooLarge("more loose objects", `${maxLoose}`);
    }
  }
  return found;
}

async function importPacks(objects: SafeFolder, stage: Stage, since: number): Promise<void> {
  using folder = objects.folder("pack");
  let count = 0;
  for (const { name } of folder?.names() ?? []) {
    if (!/^pack-[0-9a-f]{40,64}\.pack$/.test(name) || ownerHas(stage, `pack/${name}`)) continue;
    count += 1;
    if (count > maxPacks) throw tooLarge("more packs", `${maxPacks}`);
    using file = folder?.file(name);
    if (file === undefined) throw damaged("a pack is no plain file");
    if (file.changedAt < since) continue;
    if (file.size > maxPack) throw tooLarge("a larger pack", `${maxPack} bytes`);
    await indexPack(stage, (stdin) => copyFile(file, stdin));
  }
}

async function indexPack(stage: Stage, input: (stdin: Writable) => Promise<void>): Promise<void> {
  await stage.git({
    step: "accept the objects of the bottle",
    argv: ["index-pack", "--stdin", "--fsck-objects", `--max-input-size=${maxPack}`],
    input,
  });
}

/** Exactly as many bytes as the file had when it was opened. */
async function copyFile(file: OpenFile, to: Writable): Promise<void> {
  let left = file.size;
  while (left > 0) {
    const buffer = Buffer.allocUnsafe(Math.min(left, 256 * 1024));
    const { bytesRead } = await read(file.fd, buffer, 0, buffer.length, null);
    if (bytesRead === 0) throw damaged("a file became shorter while it was read");
    await writeTo(to, buffer.subarray(0, bytesRead));
    left -= bytesRead;
  }
}
