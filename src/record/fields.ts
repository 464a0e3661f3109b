/** Reads one JSON file of a record: all of it or nothing, and only in the form that this version knows. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { BottleError } from "../errors/error.ts";
import { unreadable } from "./paths.ts";

/** Bytes; the files of a record are small. */
const maxFile = 16 * 1024 * 1024;

/** Of every file that is written; it rises when an older claude-bottle would misread what a newer one wrote. */
export const recordVersion = 1;

/** The fields of a JSON file, or nothing if there is no file. No link is followed. */
export async function readFields(
  path: string,
  max: number = maxFile,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw unreadable(path, String(error));
  });
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > max)
      throw unreadable(path, "It is no ordinary file, or too large.");
    const value: unknown = JSON.parse(await file.readFile("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw unreadable(path, "It holds no object.");
    checkVersion(path, (value as Record<string, unknown>)["version"]);
    return value as Record<string, unknown>;
  } catch (error) {
    throw error instanceof BottleError ? error : unreadable(path, "It is not JSON.");
  } finally {
    await file.close();
  }
}

/** What a newer version wrote is not guessed at. */
function checkVersion(path: string, version: unknown): void {
  if (version === recordVersion) return;
  if (typeof version !== "number" || !Number.isInteger(version) || version < recordVersion)
    throw unreadable(path, "It does not say in which version it was written.");
  throw new BottleError({
    code: "E_RECORD_VERSION",
    what: `The file ${path} was written by a newer claude-bottle.`,
    why: `It has version ${version}, and this one reads version ${recordVersion}.`,
    next: "Use that claude-bottle, or a newer one; `bottle --version` prints which this is.",
  });
}
