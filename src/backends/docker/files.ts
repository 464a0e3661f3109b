/** The files of /etc that stand in place of an image's: who the agent is, and that no name leads anywhere. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LaunchSpec, Mount } from "../../lifecycle/backend.ts";
import { freshFiles } from "../fresh-files.ts";
import type { Owner } from "../owner.ts";

/** Beside the link's directory, in the bottle's private folder. */
export function filesDirectory(spec: Pick<LaunchSpec, "linkDir">): string {
  return join(dirname(spec.linkDir), "etc");
}

/** Writes them anew: what a killed launch left there goes first. */
export function writeFiles(dir: string, user: Owner): readonly Mount[] {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { mode: 0o700 });
  return Object.entries(freshFiles(user, true)).map(([target, content]) => {
    const source = join(dir, target.slice("/etc/".length));
    writeFileSync(source, content, { mode: 0o444 });
    chmodSync(source, 0o444);
    return { source, target, mode: "ro" };
  });
}
