/**
 * Watches over the mount points of a workspace. The kernel takes a mount away when its place is renamed or removed from outside
 * (mount_namespaces(7), "Restrictions on mount namespaces"): a `git config` on the host replaces .git/config, and the new file
 * is not held any more. Nothing can put it back, so the bottle ends.
 */
import { lstatSync, readFileSync } from "node:fs";
import { parseMountTable } from "../host/mount-table.ts";
import type { LaunchSpec } from "../lifecycle/backend.ts";

/** Milliseconds between two looks; one takes 0.1. */
const interval = 200;

export interface HeldWatch extends Disposable {
  /** The targets that are mount points no more; empty as long as all is well. */
  lost(): readonly string[];
}

/** `lookAround` tells what is lost now, or undefined where nobody is left who could write. `onLost` is called once. */
export function watchHeld(
  lookAround: () => readonly string[] | undefined,
  onLost: () => void,
): HeldWatch {
  let lost: readonly string[] = [];
  const look = (): void => {
    lost = lookAround() ?? [];
    if (lost.length === 0) return;
    clearInterval(timer);
    onLost();
  };
  const timer = setInterval(look, interval);
  timer.unref();
  return { lost: () => lost, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Targets that are no mount points any more for `pid`, a process of the bottle. */
export function lostMounts(pid: number, targets: readonly string[]): readonly string[] | undefined {
  const points = mountPoints(pid);
  return points === undefined ? undefined : targets.filter((target) => !points.has(target));
}

/**
 * Points whose file is another one now: for a bottle whose mounts only its own kernel knows. What takes a mount away from outside
 * leaves another file in its place, or none.
 */
export function replacedFiles({
  workspace,
  workspaceTarget,
  points = [],
}: Pick<LaunchSpec, "workspace" | "workspaceTarget" | "points">): readonly string[] {
  return points.flatMap(({ path, identity }) =>
    fileAt(`${workspace}/${path}`) === identity ? [] : [`${workspaceTarget}/${path}`],
  );
}

function fileAt(path: string): string | undefined {
  try {
    const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return undefined;
  }
}

function mountPoints(pid: number): ReadonlySet<string> | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/mountinfo`, "latin1");
  } catch {
    return undefined;
  }
  if (text === "") return undefined;
  return new Set(
    parseMountTable(text).map(({ point }) => Buffer.from(point, "latin1").toString("utf8")),
  );
}
