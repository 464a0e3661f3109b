/** Folders that only their owner may enter. */
import { lstat, mkdir } from "node:fs/promises";
import { BottleError } from "../errors/error.ts";

/** Makes the folder, or checks that the one there is private to this user. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  const own = process.getuid === undefined || found.uid === process.getuid();
  if (found.isDirectory() && own && (found.mode & 0o077) === 0) return;
  throw folderError(
    path,
    "It must be a folder of yours that nobody else may enter (mode 0700).",
    `Run: chmod 700 ${path}`,
  );
}

/** Makes a folder that must not be there yet. */
export async function newFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === "EEXIST"
        ? "A record with this id is there already."
        : String(cause);
    throw folderError(path, why, "Start again: the next bottle gets another id.");
  }
}

/** Checks a folder that must be there, be a folder and be this user's own. */
export async function existingFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  const own = process.getuid === undefined || found?.uid === process.getuid();
  if (found?.isDirectory() === true && own && (found.mode & 0o077) === 0) return;
  throw folderError(path, "It is not there, or not private to you.", "See `bottle ps --all`.");
}

function folderError(path: string, why: string, next: string): BottleError {
  return new BottleError({
    code: "E_RECORD_FOLDER",
    what: `The folder ${path} cannot be used for records.`,
    why,
    next,
  });
}
