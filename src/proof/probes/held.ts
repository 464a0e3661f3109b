/** Paths that must be mount points: what is held in place of a workspace, and what is read-only beside it. */
import { accessSync, constants, lstatSync, readFileSync } from "node:fs";
import type { ProbeTargets } from "../../helper/protocol.ts";
import { parseMounts } from "./mounts.ts";
import { attempt, errorName, isThat } from "./probe.ts";
import type { Probe } from "./probe.ts";

type Target = ProbeTargets["mounts"][number];

/** The last mount at a point covers those before it. */
function optionsByPoint(): ReadonlyMap<string, ReadonlySet<string>> {
  const mounts = parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
  return new Map(mounts.map(({ point, options }) => [point, options]));
}

/** What is wrong with it, or nothing. Nothing is written: access(2) tells of a read-only file system, too. */
function faultOf(
  { path, mode, identity }: Target,
  ownKernel: boolean,
  options?: ReadonlySet<string>,
): string | undefined {
  if (options === undefined) return "no mount point";
  const found = lstatSync(path, { bigint: true });
  if (mode === "cover") return found.isCharacterDevice() ? undefined : "not covered";
  if (!isThat(found, identity, ownKernel)) return "another file";
  if (mode === "rw") return undefined;
  if (!options.has("ro")) return "writable";
  try {
    accessSync(path, constants.W_OK);
    return "writable";
  } catch (error) {
    // Of a file that is not the bottle's own the kernel says so before it looks at the mount.
    return ["EROFS", "EACCES"].includes(errorName(error)) ? undefined : errorName(error);
  }
}

/** `word` is what is observed where all are as they must be. */
function all(
  name: string,
  word: string,
  mine: (target: Target, targets: ProbeTargets) => boolean,
): Probe {
  return {
    name,
    run: (targets) =>
      attempt(() => {
        const points = optionsByPoint();
        for (const target of targets.mounts) {
          const fault = mine(target, targets)
            ? faultOf(target, targets.ownKernel, points.get(target.path))
            : undefined;
          if (fault !== undefined) return `${target.path.slice(-200)}: ${fault}`;
        }
        return word;
      }),
  };
}

const isInWorkspace = ({ path }: Target, { workspace }: ProbeTargets): boolean =>
  path.startsWith(`${workspace}/`);

export const heldProbes: readonly Probe[] = [
  all("held-paths", "held", isInWorkspace),
  all("read-only-mounts", "read-only", (target, targets) => !isInWorkspace(target, targets)),
];
