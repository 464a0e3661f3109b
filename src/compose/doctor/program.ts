/** Programs of the host: where one is, and what it says of its version. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { may } from "./host.ts";

/** Along PATH as a shell looks, but never in a relative folder: that would be wherever the doctor was called. */
export async function findProgram(
  name: string,
  path: string | undefined,
): Promise<string | undefined> {
  if (name.includes("/"))
    return name.startsWith("/") && (await may(name, "X_OK")) ? name : undefined;
  for (const folder of (path ?? "").split(":"))
    if (folder.startsWith("/") && (await may(join(folder, name), "X_OK")))
      return join(folder, name);
  return undefined;
}

/** The first line of `--version`, bounded in time and size, with an empty environment. */
export function versionOf(program: string): Promise<string | undefined> {
  const options = { timeout: 2000, maxBuffer: 16 * 1024, env: { LC_ALL: "C" }, cwd: "/" };
  return new Promise((resolve) => {
    execFile(program, ["--version"], options, (error, stdout) =>
      resolve(error === null ? stdout.trim().split("\n")[0] : undefined),
    );
  });
}
