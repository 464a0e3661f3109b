/** What of a gateway alone outlives its process, if its owner says so: the authority, and what placeholders are made from. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import type { KeptAuthority } from "../../gateway/tls/authority.ts";
import { newId } from "../../plan/id.ts";
import { writeAtomic } from "../../record/atomic.ts";
import { folderError } from "./folder.ts";

export interface Kept {
  /** Of the record: a restart is one more run of it. */
  readonly id: string;
  readonly seed: Buffer;
  readonly authority: KeptAuthority | undefined;
}

/** Bytes. */
const seedSize = 32;
const longest = 4 * 1024 * 1024;

export function newKept(): Kept {
  return { id: newId("gateway", randomBytes), seed: randomBytes(seedSize), authority: undefined };
}

const fileIn = (folder: string): string => join(folder, "gateway.json");

/** `folder` is private. Undefined where nothing was kept yet. */
export async function readKept(folder: string): Promise<Kept | undefined> {
  const path = fileIn(folder);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw damaged(path, String(error));
    },
  );
  if (file === undefined) return undefined;
  try {
    const { size, mode, uid } = await file.stat();
    if (size > longest || (mode & 0o077) !== 0 || uid !== process.getuid?.())
      throw damaged(path, "It is too large, or not private to this user.");
    return fromText(path, await file.readFile("utf8"));
  } finally {
    await file.close();
  }
}

/** Mode 0600. */
export async function writeKept(folder: string, { id, seed, authority }: Kept): Promise<void> {
  const value = { version: 1, id, seed: seed.toString("hex"), authority };
  await writeAtomic(fileIn(folder), `${JSON.stringify(value)}\n`, true);
}

interface Written {
  readonly version: 1;
  readonly id: string;
  readonly seed: string;
  readonly authority?: KeptAuthority;
}

function fromText(path: string, text: string): Kept {
  let value: Partial<Written>;
  try {
    value = JSON.parse(text) as Partial<Written>;
  } catch {
    throw damaged(path, "It is no JSON.");
  }
  const { version, id, seed, authority } = value;
  const whole =
    version === 1 &&
    /^gateway-[a-z0-9]{5}$/.test(id ?? "") &&
    /^[0-9a-f]{64}$/.test(seed ?? "") &&
    (authority === undefined || typeof authority.key === "string");
  if (!whole) throw damaged(path, "It is not what a gateway of this version keeps.");
  return { id: id ?? "", seed: Buffer.from(seed ?? "", "hex"), authority };
}

function damaged(path: string, why: string): Error {
  return folderError(
    path,
    why,
    "Look at the file; without it the gateway begins anew, with other placeholders and another authority.",
  );
}
