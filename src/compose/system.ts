/** What a bottle's system is made of, and where its backend's daemon is. */
import { endpointVariables } from "../backends/docker/engine/endpoint.ts";
import type { Plan } from "../plan/plan.ts";
import type { Host } from "./paths.ts";
import { sshVariables } from "../places/ssh/argv.ts";
import { backendFor } from "./registry.ts";
import type { BackendHost } from "./registry.ts";

/** The image that the bottle is made of, ready; null on a rung whose system is this machine's. */
export async function prepareImage(
  host: Pick<Host, "env" | "uid" | "dist"> & Pick<BackendHost, "socket">,
  {
    rung,
    link,
    place,
    ownUsers,
    image,
  }: Pick<Plan, "rung" | "link" | "place" | "ownUsers" | "image">,
  progress: (line: string) => void,
): Promise<string | null> {
  if (rung.chosen === "namespace") return null;
  const backend = await backendFor({ rung: rung.chosen, link, place, ownUsers }, host);
  return (await backend?.prepare?.(image, progress)) ?? null;
}

/** What a backend must know of the owner's environment; the supervisor has a clean one. */
export function backendEnvironment(
  env: NodeJS.ProcessEnv,
  place = "local",
): Readonly<Record<string, string>> {
  const names = place === "local" ? endpointVariables : [...endpointVariables, ...sshVariables];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
