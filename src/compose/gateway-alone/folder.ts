/** A folder of the gateway's own: for its socket, and for what it keeps. */
import { lstat, mkdir, realpath } from "node:fs/promises";
import { BottleError } from "../../errors/error.ts";

/** Makes it, or checks that nobody else may enter; the answer is its real path (systemd's StateDirectory= may be a link). */
export async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const real = await realpath(path);
  const found = await lstat(real);
  const own = process.getuid === undefined || found.uid === process.getuid();
  if (found.isDirectory() && own && (found.mode & 0o077) === 0) return real;
  throw folderError(
    path,
    "It must be a folder of this user's own that nobody else may enter (mode 0700).",
    `Name another one, or run: chmod 700 ${path}`,
  );
}

export function folderError(path: string, why: string, next: string): BottleError {
  return new BottleError({
    code: "E_GATEWAY_FOLDER",
    what: `The gateway cannot keep its socket or state at ${path}.`,
    why,
    next,
  });
}
