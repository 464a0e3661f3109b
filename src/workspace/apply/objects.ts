/** Brings a bottle's git objects into a repository of ours, every one of them through git's strict pack reader. */
import { existsSync } from "node:fs";
import { read as readCallback } from "node:fs";
import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { damaged, tooLarge } from "./errors.ts";
import { runGit, writeTo } from "./git.ts";
import { createPackWriter } from "./pack.ts";
import type { Stage } from "./stage.ts";
import type { OpenFile, SafeFolder } from "../safe-folder.ts";

const read = promisify(readCallback);

const maxLoose = 500_000;
const maxPacks = 1_000;
const maxLooseFile = 256 * 1024 * 1024;
const maxPack = 4 * 1024 * 1024 * 1024;

/** Objects that the user's repository has under the same name stay out: leaving out is always safe, and saves the history's weight. */
export async function importObjects(git: SafeFolder, stage: Stage): Promise<void> {
  using objects = git.folder("objects");
  if (objects === undefined) throw damaged("it has no objects, or they are elsewhere");
  await importLoose(objects, stage);
  await importPacks(objects, stage);
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
      if (existsSync(`${stage.userObjects}/${folder.name}/${name}`)) continue;
      found.push([folder.name, name]);
      if (found.length > maxLoose) throw tooLarge("more loose objects", `${maxLoose}`);
    }
  }
  return found;
}

async function importPacks(objects: SafeFolder, stage: Stage): Promise<void> {
  using folder = objects.folder("pack");
  let count = 0;
  for (const { name } of folder?.names() ?? []) {
    if (
      !/^pack-[0-9a-f]{40,64}\.pack$/.test(name) ||
      existsSync(`${stage.userObjects}/pack/${name}`)
    )
      continue;
    count += 1;
    if (count > maxPacks) throw tooLarge("more packs", `${maxPacks}`);
    using file = folder?.file(name);
    if (file === undefined) throw damaged("a pack is no plain file");
    if (file.size > maxPack) throw tooLarge("a larger pack", `${maxPack} bytes`);
    await indexPack(stage, (stdin) => copyFile(file, stdin));
  }
}

async function indexPack(stage: Stage, input: (stdin: Writable) => Promise<void>): Promise<void> {
  await runGit({
    step: "accept the objects of the bottle",
    gitDir: stage.gitDir,
    path: stage.path,
    argv: ["index-pack", "--stdin", "--fsck-objects", `--max-input-size=${maxPack}`],
    input,
  });
}

/** Exactly as many bytes as the file had when it was opened. */
export async function copyFile(file: OpenFile, to: Writable): Promise<void> {
  let left = file.size;
  while (left > 0) {
    const buffer = Buffer.allocUnsafe(Math.min(left, 256 * 1024));
    const { bytesRead } = await read(file.fd, buffer, 0, buffer.length, null);
    if (bytesRead === 0) throw damaged("a file became shorter while it was read");
    await writeTo(to, buffer.subarray(0, bytesRead));
    left -= bytesRead;
  }
}
