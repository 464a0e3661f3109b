/** Listens at a place, and says in words of the owner's why it cannot. */
import { chmod } from "node:fs/promises";
import type { ListenTarget } from "../../gateway/gateway.ts";
import { hostPort } from "./place.ts";
import { clearSocket, taken } from "./socket.ts";

/** The place that was got: with its port, where any was good. A unix socket is its owner's alone. */
export async function listening(
  target: ListenTarget,
  listen: (target: ListenTarget) => Promise<ListenTarget>,
): Promise<ListenTarget> {
  const place = "path" in target ? { path: await clearSocket(target.path) } : target;
  const bound = await listen(place).catch((error: NodeJS.ErrnoException) => {
    throw taken(placeText(target), whyNot(error), "End what is there, or name another place.");
  });
  if ("path" in bound) await chmod(bound.path, 0o600);
  return bound;
}

export function placeText(place: ListenTarget): string {
  return "path" in place ? place.path : hostPort(place);
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EADDRINUSE") return "A program listens there.";
  if (code === "EADDRNOTAVAIL") return "This machine has no such address.";
  return code === "EACCES" ? "This user may not listen there." : message;
}
