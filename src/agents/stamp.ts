/** The stamp beside an installed program: what it looked like when its hash was last right, so that a start costs one stat. */
import { randomBytes } from "node:crypto";
import { lstat, readFile, rename, writeFile } from "node:fs/promises";

/** Numbers of stat(2) as text, nanoseconds included; a change of content changes at least ctime. */
export interface Stamp {
  readonly size: string;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly ino: string;
  readonly sha512: string;
}

/** What the file looks like now, or undefined if there is no regular file. */
export async function lookAt(file: string): Promise<Omit<Stamp, "sha512"> | undefined> {
  try {
    const found = await lstat(file, { bigint: true });
    if (!found.isFile()) return undefined;
    return {
      size: `${found.size}`,
      mtimeNs: `${found.mtimeNs}`,
      ctimeNs: `${found.ctimeNs}`,
      ino: `${found.ino}`,
    };
  } catch {
    return undefined;
  }
}

/** True if the stamp vouches for exactly this look and this hash. */
export async function stampHolds(
  file: string,
  look: Omit<Stamp, "sha512">,
  sha512: string,
): Promise<boolean> {
  try {
    return (await readFile(file, "utf8")) === format({ ...look, sha512 });
  } catch {
    return false;
  }
}

/** Replaces the stamp in one step. */
export async function writeStamp(file: string, stamp: Stamp): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(fresh, format(stamp), { flag: "wx", mode: 0o644 });
  await rename(fresh, file);
}

function format({ size, mtimeNs, ctimeNs, ino, sha512 }: Stamp): string {
  return `${JSON.stringify({ size, mtimeNs, ctimeNs, ino, sha512 })}\n`;
}
