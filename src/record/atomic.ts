/** Replaces a file so that readers see the old text or the new one, whatever dies in between. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { recordWriteError } from "../errors/record-write.ts";
import { ownMark } from "../host/process.ts";

/** Mode 0600. `durable`: the new text is on the disk before it takes the old one's place (rename(2), fsync(2)). */
export async function writeAtomic(path: string, text: string, durable: boolean): Promise<void> {
  const temporary = `${path}.${ownMark()}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text, "utf8");
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw recordWriteError(error);
  }
}

/** The mark (host/process.ts) of whoever was writing such a file, by its name; undefined for any other file. */
export function writerOf(name: string): string | undefined {
  return /\.(\d+\.\d+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
}

/** A file that must not be there yet; after an error it is not. `durable`: when this resolves, the text is on the disk. */
export async function writeNew(path: string, text: string, durable: boolean): Promise<void> {
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? error : recordWriteError(error);
  });
  try {
    await file.writeFile(text);
    if (durable) await file.sync();
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw recordWriteError(error);
  } finally {
    await file.close();
  }
}
