/** The host programs that make a bottle; looked for in the system's folders only, never along a PATH that others may set. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"] as const;

export type ToolName = "bwrap" | "prlimit" | "setpriv";

/** Absolute path of `name`, or undefined where the host lacks it; `root` stands for `/`. */
export function findTool(name: ToolName, root = "/"): string | undefined {
  const paths = folders.map((folder) => join(folder, name));
  return paths.find((path) => isExecutable(join(root, path)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
