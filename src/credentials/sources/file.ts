/** `file:PATH`: a secret from a file that only its owner can read. */
import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { secretFromBytes } from "./value.ts";

const maxBytes = 64 * 1024;

export interface FileDeps {
  readonly home: string;
  /** Who may own the file, beside root. */
  readonly uid: number;
  /** `$CREDENTIALS_DIRECTORY` of systemd.exec(5), where there is one. */
  readonly credentials?: string | undefined;
}

/** What is judged is the opened file, not the name: nobody can change it in between (fstat(2)). */
export async function readFileSecret(path: string, deps: FileDeps): Promise<string> {
  const file = path.startsWith("~/") ? `${deps.home}${path.slice(1)}` : path;
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code =
      error instanceof Error && "code" in error ? String(error.code) : "an unknown error";
    const missing = code === "ENOENT" || code === "ENOTDIR";
    throw new BottleError({
      code: missing ? "E_SECRET_MISSING" : "E_SECRET_FILE",
      what: missing ? `There is no file ${path}.` : `The secret file ${path} cannot be opened.`,
      ...(!missing && { why: `The system says ${code}.` }),
      next: "Write the secret there, readable by you alone (chmod 600).",
    });
  }
  try {
    refuseExposed(path, await handle.stat(), deps.uid, isCredential(file, deps.credentials));
    return secretFromBytes(await readBounded(path, handle), `file:${path}`);
  } finally {
    await handle.close();
  }
}

/** Newer systemds grant a service its credential by an access list, whose mask stands where a group's bits would (acl(5)). */
function isCredential(file: string, credentials: string | undefined): boolean {
  return credentials?.startsWith("/") === true && dirname(file) === credentials;
}

function refuseExposed(path: string, stat: Stats, uid: number, credential: boolean): void {
  const fail = (what: string, next: string): never => {
    throw new BottleError({
      code: "E_SECRET_FILE",
      what: `The secret file ${path} ${what}.`,
      next,
    });
  };
  if (!stat.isFile()) fail("is not a regular file", "Name a file.");
  if (stat.uid !== uid && stat.uid !== 0)
    fail("belongs to another user", "Make a file of your own.");
  const granted = credential && stat.uid === 0 && stat.gid === 0 ? 0o040 : 0;
  if ((stat.mode & 0o077 & ~granted) !== 0)
    fail(
      "can be used by others",
      `Run chmod 600 on it; its mode is ${(stat.mode & 0o777).toString(8)}.`,
    );
  if (stat.size > maxBytes) fail("is larger than 64 KiB", "Put the secret there alone.");
}

async function readBounded(path: string, handle: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0) return buffer.subarray(0, length);
    if (length > maxBytes)
      throw new BottleError({
        code: "E_SECRET_FILE",
        what: `The secret file ${path} grew beyond 64 KiB.`,
        next: "Put the secret there alone.",
      });
  }
}
