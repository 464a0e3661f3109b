/**
 * Watches over the mount points of a workspace. The kernel takes a mount away when its place is renamed or removed from outside
 * (mount_namespaces(7), "Restrictions on mount namespaces"): a `git config` on the host replaces .git/config, and the new file
 * is not held any more. Nothing can put it back, so the bottle ends.
 */
import { readFileSync } from "node:fs";
import { parseMountTable } from "../host/mount-table.ts";

/** Milliseconds between two looks; one takes 0.1. */
const interval = 200;

export interface HeldWatch extends Disposable {
  /** The targets that are mount points no more; empty as long as all is well. */
  lost(): readonly string[];
}

/** `pid`: a process of the bottle. `onLost` is called once. */
export function watchHeld(pid: number, targets: readonly string[], onLost: () => void): HeldWatch {
  let lost: readonly string[] = [];
  const look = (): void => {
    const points = mountPoints(pid);
    // The process is gone, and with it whoever could write.
    if (points === undefined) return;
    lost = targets.filter((target) => !points.has(target));
    if (lost.length === 0) return;
    clearInterval(timer);
    onLost();
  };
  const timer = setInterval(look, interval);
  timer.unref();
  return { lost: () => lost, [Symbol.dispose]: () => clearInterval(timer) };
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
