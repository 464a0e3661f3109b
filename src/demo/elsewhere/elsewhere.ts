/** What the demo needs of a place elsewhere: a connection of its own, the images there, and who looks at the bottle. */
import { openEngine } from "../../backends/docker/engine/engine.ts";
import { gatewayRecipe } from "../../backends/docker/image/recipe.ts";
import type { Host } from "../../compose/paths.ts";
import { runHome } from "../../compose/paths.ts";
import { openPlace } from "../../compose/place.ts";
import { backendFor } from "../../compose/registry.ts";
import { BottleError } from "../../errors/error.ts";
import type { Watch } from "../watch.ts";
import { watchThere } from "./watch.ts";
import { openWayBack } from "./way-back.ts";
import type { WayBack } from "./way-back.ts";

export interface Elsewhere extends AsyncDisposable {
  readonly watch: Watch;
  /** `port`: of this machine's loopback. */
  wayBack(port: number): Promise<WayBack>;
}

/** Throws what the catalogue says of places, and E_RUNG_UNAVAILABLE. */
export async function openElsewhere(
  host: Host,
  place: string,
  progress: (line: string) => void,
): Promise<Elsewhere> {
  progress(`connecting to ${place}`);
  const { env, uid, dist } = host;
  const connection = await openPlace({ env, runHome: runHome(host), place, ttlMs: 0 });
  const engine = openEngine(connection.socket);
  const close = async (): Promise<void> => {
    engine[Symbol.dispose]();
    await connection[Symbol.asyncDispose]();
  };
  try {
    // The images are one for all rungs there; whether another one can be used the start will tell.
    const { socket } = connection;
    const isolation = { rung: "runc", link: "network", place } as const;
    const backend = await backendFor(isolation, { ...host, socket });
    const can = await backend?.probe();
    if (can?.available === false)
      throw new BottleError({
        code: "E_RUNG_UNAVAILABLE",
        what: `No bottle can be run at ${place}.`,
        why: can.reason,
        next: can.remedy,
      });
    await backend?.prepare?.({ kind: "default" }, progress);
    const image = gatewayRecipe(dist).name;
    return {
      watch: watchThere(engine),
      wayBack: (port) => openWayBack({ engine, image, uid, place }, port),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
