/** Everything that comes into a bottle from outside besides the system: few things, each checked, each with its mode. */
import { statSync } from "node:fs";
import { isAbsolute, normalize } from "node:path";
import type { LaunchSpec, Mount } from "../lifecycle/backend.ts";
import { BottleError } from "../errors/error.ts";
import { inside, insideOurs } from "./inside.ts";

/** Folders of the bottle that no mount may replace or hide. */
const taken = [
  "/bin",
  "/dev",
  "/etc",
  "/home",
  "/lib",
  "/lib64",
  "/proc",
  "/sbin",
  "/sys",
  "/tmp",
  "/usr",
  "/var",
];

/**
 * Home, workspace with its points, link, Node and the spec's own mounts, in the order in which they are mounted. `node` is
 * undefined where the bottle's own system has it; `open` is a boundary that a test leaves open.
 */
export function sourcesOf(
  spec: LaunchSpec,
  node: string | undefined,
  open?: string,
): readonly Mount[] {
  for (const mount of spec.mounts) refuseCovering(mount.target, spec);
  const mounts: readonly Mount[] = [
    { source: spec.home, target: inside.home, mode: "rw" },
    { source: spec.workspace, target: spec.workspaceTarget, mode: "rw" },
    ...(open === "workspace" ? [] : pointsOf(spec)),
    { source: spec.linkDir, target: inside.link, mode: "ro" },
    ...(node === undefined ? [] : [{ source: node, target: inside.node, mode: "ro" } as const]),
    ...spec.mounts.map(({ source, target }): Mount => ({
      source,
      target,
      mode: open === "mounts" && !isBelow(target, insideOurs) ? "rw" : "ro",
    })),
  ];
  for (const { source, target } of mounts) {
    refuseOdd(source);
    refuseOdd(target);
  }
  return mounts;
}

/** Bound onto themselves: a mount point can neither be renamed nor removed (rename(2), EBUSY). */
function pointsOf({ points = [], workspace, workspaceTarget }: LaunchSpec): readonly Mount[] {
  return points.map(({ path, mode }) => ({
    source: mode === "cover" ? "/dev/null" : `${workspace}/${path}`,
    target: `${workspaceTarget}/${path}`,
    mode: mode === "rw" ? "rw" : "ro",
  }));
}

function refuseOdd(path: string): void {
  if (
    isAbsolute(path) &&
    normalize(path) === path &&
    path !== "/" &&
    !path.includes("\0") &&
    !path.endsWith("/")
  )
    return;
  throw refusal(path, "A path must be absolute, in its shortest form and not the root.");
}

/** Below a folder that the bottle can write, a link planted earlier could send the mount elsewhere. */
function refuseCovering(target: string, spec: LaunchSpec): void {
  if (isBelow(target, inside.home) || isBelow(target, spec.workspaceTarget))
    throw refusal(target, "A bottle can write there and could send the mount elsewhere.");
  if (taken.some((folder) => isBelow(target, folder)) || isBelow(inside.link, target))
    throw refusal(target, "The bottle's own system stands there.");
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function refusal(path: string, why: string): BottleError {
  return new BottleError({
    code: "E_RUNG_MOUNT",
    what: `The path ${JSON.stringify(path)} cannot be part of a bottle.`,
    why,
  });
}

/** Sources that are not there would be reported by others, on the bottle's terminal or in their own words: found out before. */
export function refuseMissing(mounts: readonly Mount[]): void {
  const missing = mounts.find(
    ({ source }) => statSync(source, { throwIfNoEntry: false }) === undefined,
  );
  if (missing === undefined) return;
  throw new BottleError({
    code: "E_RUNG_MOUNT",
    what: `${missing.source} is not there and cannot be part of a bottle.`,
  });
}
