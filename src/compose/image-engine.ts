/** The Engine whose images are looked after: of this machine, or of a place elsewhere for as long as that takes. */
import { findEndpoint } from "../backends/docker/engine/endpoint.ts";
import { openEngine } from "../backends/docker/engine/engine.ts";
import type { Engine } from "../backends/docker/engine/engine.ts";
import { engineError } from "../backends/docker/engine/failure.ts";
import { BottleError } from "../errors/error.ts";
import { placeOf } from "../plan/place.ts";
import { runHome } from "./paths.ts";
import type { Host } from "./paths.ts";

export async function withEngine<T>(
  host: Host,
  asked: string | undefined,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const place = placeOf({ place: "local" }, { place: asked });
  if (place === "local") return workWith(socketOf(host), work);
  const { openPlace } = await import("./place.ts");
  const { env } = host;
  await using connection = await openPlace({ env, runHome: runHome(host), place, ttlMs: 0 });
  return await workWith(connection.socket, work);
}

async function workWith<T>(socket: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  using engine = openEngine(socket);
  try {
    return await work(engine);
  } catch (error) {
    throw engineError(error);
  }
}

function socketOf(host: Host): string {
  const endpoint = findEndpoint(host.env);
  if ("socket" in endpoint) return endpoint.socket;
  throw new BottleError({
    code: "E_RUNG_UNAVAILABLE",
    what: "There is no Docker daemon to have images.",
    why: endpoint.reason,
    next: endpoint.remedy,
  });
}
