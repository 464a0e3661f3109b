/** Replaces a file so that readers see the old text or the new one, whatever dies in between. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/** Mode 0600. `durable`: the new text is on the disk before it takes the old one's place (rename(2), fsync(2)). */
export async function writeAtomic(path: string, text: string, durable: boolean): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
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
    await rm(temporary, { force: true });
    throw error;
  }
}
