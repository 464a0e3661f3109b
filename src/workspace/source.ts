/** Which folders cannot be a workspace: those whose copy would bring the whole system, or itself, into the bottle. */
import { realpath, stat } from "node:fs/promises";
import { BottleError } from "../errors/error.ts";

/** The system's own folders, none of which is a project (hier(7)). */
const systemFolders: ReadonlySet<string> = new Set([
  "/",
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/home",
  "/lib",
  "/lib64",
  "/proc",
  "/root",
  "/run",
  "/sbin",
  "/sys",
  "/tmp",
  "/usr",
  "/var",
]);

export function isSystemFolder(path: string): boolean {
  return systemFolders.has(path) || /^\/(?:proc|sys|dev)\//.test(path);
}

/** The folder's real path. `target` is the copy's place. */
export async function checkSource(source: string, target: string): Promise<string> {
  const root = await realpath(source).catch(() => undefined);
  if (root === undefined || !(await stat(root)).isDirectory())
    throw refused(source, "It is not a folder, or not there.");
  const copy = await realpath(target);
  if (isSystemFolder(root))
    throw refused(
      source,
      "It is one of the system's own folders, with much more in it than a project.",
    );
  if (isWithin(copy, root))
    throw refused(source, `The records of bottles are inside of it, at ${copy}.`);
  if (isWithin(root, copy)) throw refused(source, "It is a bottle's own copy.");
  return root;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function refused(source: string, why: string): BottleError {
  return new BottleError({
    code: "E_WORKSPACE_SOURCE",
    what: `${source} cannot be the workspace of a bottle.`,
    why,
    next: "Start in the folder of one project, or name it with --workspace.",
  });
}
