/** The seed of a bottle's placeholders, beside the audit keys: they are the same in every run, and nobody guesses them. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { writeNew } from "./atomic.ts";
import { isHex } from "./chain.ts";
import { unreadable } from "./paths.ts";
import type { RecordPaths } from "./paths.ts";

/** Bytes. */
const seedSize = 32;

/** The folder of keys must be there. */
export async function writeSeed(paths: RecordPaths, seed: Buffer): Promise<void> {
  await writeNew(paths.seed, `${seed.toString("hex")}\n`, false);
}

/** Throws where there is none: a placeholder that anybody could work out protects nothing. */
export async function readSeed(paths: RecordPaths): Promise<Buffer> {
  const file = await open(paths.seed, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: unknown) => {
      throw unreadable(paths.seed, String(error));
    },
  );
  try {
    const text = await file.readFile("latin1");
    if (!isHex(text, seedSize)) throw unreadable(paths.seed, "It is not as it was written.");
    return Buffer.from(text.trim(), "hex");
  } finally {
    await file.close();
  }
}
