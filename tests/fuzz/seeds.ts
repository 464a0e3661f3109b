/** Inputs that are kept: of each kind one, and whatever once was a finding. */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { FuzzTarget } from "./target.ts";

/** `folder`: tests/fuzz/seeds. */
export async function readSeeds(folder: string, target: FuzzTarget): Promise<readonly Buffer[]> {
  const own = join(folder, target.name);
  const names = await readdir(own);
  return Promise.all(names.toSorted().map((name) => readFile(join(own, name))));
}

export async function keepSeed(folder: string, target: FuzzTarget, input: Buffer): Promise<string> {
  const name = `found-${createHash("sha256").update(input).digest("hex").slice(0, 12)}`;
  await mkdir(join(folder, target.name), { recursive: true });
  await writeFile(join(folder, target.name, name), input);
  return join(folder, target.name, name);
}
