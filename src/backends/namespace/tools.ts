/** The host programs that make a bottle; looked for in the system's folders only, never along a PATH that others may set. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"] as const;

export type ToolName = "bwrap" | "prlimit" | "setpriv";

/** Absolute path of `name`, or undefined where the host lacks it. */
export function findTool(name: ToolName): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
