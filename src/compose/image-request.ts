/** Which image somebody asks for, and where. */
import { BottleError } from "../errors/error.ts";
import { loadManifest } from "../manifest/load.ts";
import type { ImageSpec } from "../manifest/manifest.ts";
import { manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";

export interface ImageRequest {
  readonly bottle?: string | undefined;
  readonly manifest?: string | undefined;
  /** This machine where nobody says. */
  readonly place?: string | undefined;
}

/** Of one bottle of the manifest, or, without a name, the default one. */
export async function imageOf(
  host: Host,
  { bottle, manifest }: Pick<ImageRequest, "bottle" | "manifest">,
): Promise<ImageSpec> {
  if (bottle === undefined) return { kind: "default" };
  const loaded = await loadManifest(manifestPlaces(host, manifest, host.cwd));
  const found = loaded.bottles.get(bottle);
  if (found !== undefined) return found.image;
  throw new BottleError({
    code: "E_USAGE",
    what: `The manifest has no bottle ${JSON.stringify(bottle.slice(0, 100))}.`,
    next: `Use one of ${[...loaded.bottles.keys()].join(", ")}.`,
  });
}
