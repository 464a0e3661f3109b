/** What gVisor cannot mount, refused before it fails in its own words. */
import type { LaunchSpec, Mount } from "../../../lifecycle/backend.ts";
import { BottleError } from "../../../errors/error.ts";

/** Beside the Engine's own: its file server hands each on as a descriptor in one message, of which there are 253 (SCM_MAX_FD). */
export const maxMounts = 230;

/**
 * A socket of a mounted workspace cannot be hidden: runsc opens what it mounts something over (runsc/specutils), and a socket cannot be
 * opened. The bottle would reach the program behind it, as root: the file server connects.
 */
export function refuseMounts(
  { points = [] }: Pick<LaunchSpec, "points">,
  mounts: readonly Mount[],
): void {
  const socket = points.find(({ mode }) => mode === "cover");
  if (socket !== undefined)
    throw refusal(
      `The socket ${JSON.stringify(socket.path)} of the workspace cannot be hidden from a bottle of the rung gvisor.`,
      "gVisor can mount nothing in its place.",
      "End the program that has made it and remove it",
    );
  if (mounts.length > maxMounts)
    throw refusal(
      `A bottle of the rung gvisor cannot have ${mounts.length} mounts.`,
      `gVisor takes ${maxMounts}; each protected path of a mounted workspace, and each folder on the way to one, is a mount.`,
      "Mount a smaller folder",
    );
}

function refusal(what: string, why: string, way: string): BottleError {
  const next = `${way}, or use a copy (workspace: clone) or the rung runc.`;
  return new BottleError({ code: "E_RUNG_MOUNT", what, why, next });
}
