/** The images of bottles, apart from any start: built ahead, listed, cleared away. */
import { unusedPrograms } from "../backends/docker/carried/programs.ts";
import { removeVolume } from "../backends/docker/carried/volumes.ts";
import { defaultRecipe, gatewayRecipe, ownRecipe } from "../backends/docker/image/recipe.ts";
import { removeImage, storedImages } from "../backends/docker/image/store.ts";
import type { StoredImage } from "../backends/docker/image/store.ts";
import { findImage } from "../backends/docker/image/image.ts";
import type { Engine } from "../backends/docker/engine/engine.ts";
import { prepareImage } from "../backends/docker/image/prepare.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { loadManifest } from "../manifest/load.ts";
import { isCurrent } from "./bake.ts";
import { withEngine } from "./image-engine.ts";
import { imageOf } from "./image-request.ts";
import type { ImageRequest } from "./image-request.ts";
import { manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";

export interface ListedImage extends Omit<StoredImage, "baked"> {
  /** A bottle of the manifest, or of any that names none, is made of it. */
  readonly used: boolean;
}

/** The image of one bottle of the manifest, or, without a name, the default one; returns its id. */
export async function buildImage(
  host: Host,
  options: ImageRequest,
  progress: (line: string) => void,
): Promise<string> {
  const image = await imageOf(host, options);
  return withEngine(host, options.place, (engine) =>
    prepareImage({ engine, env: host.env, dist: host.dist }, image, progress),
  );
}

export async function listImages(
  host: Host,
  request: Pick<ImageRequest, "manifest" | "place">,
): Promise<readonly ListedImage[]> {
  const uses = await usedImages(host, request.manifest);
  return withEngine(host, request.place, (engine) => listed(host, engine, uses));
}

/** Removes what no bottle of the manifest is made of, and programs that no bottle uses; one that is in use stays, and says why. */
export async function pruneImages(
  host: Host,
  request: Pick<ImageRequest, "manifest" | "place">,
): Promise<readonly (ListedImage & { readonly stays: string | undefined })[]> {
  const uses = await usedImages(host, request.manifest);
  return withEngine(host, request.place, async (engine) => {
    const unused = (await listed(host, engine, uses)).filter(({ used }) => !used);
    const pruned: (ListedImage & { stays: string | undefined })[] = [];
    // An image that another was baked from goes after it.
    for (const image of unused.toSorted((one, other) => other.created - one.created))
      pruned.push({ ...image, stays: await removeImage(engine, image.name || image.id) });
    // One that a bottle began to use meanwhile stays.
    for (const name of await unusedPrograms(engine))
      await removeVolume(engine, name).catch(() => undefined);
    return pruned;
  });
}

interface UsedImages {
  /** Of recipes. */
  readonly names: ReadonlySet<string>;
  /** What the manifest calls by its name. */
  readonly references: readonly string[];
}

async function listed(
  host: Host,
  engine: Engine,
  { names, references }: UsedImages,
): Promise<readonly ListedImage[]> {
  const stored = await storedImages(engine);
  const bases = new Set(stored.filter(({ name }) => names.has(name)).map(({ id }) => id));
  for (const name of references) {
    const found = await findImage(engine, name).catch(() => undefined);
    if (found !== undefined) bases.add(found.id);
  }
  return Promise.all(
    stored.map(async ({ baked, ...image }) => ({
      ...image,
      used:
        baked === undefined
          ? names.has(image.name)
          : bases.has(baked.base) && (await isCurrent(host, baked)),
    })),
  );
}

/** Without a manifest the default image alone is in use. */
async function usedImages(host: Host, file: string | undefined): Promise<UsedImages> {
  const manifest: Manifest | undefined = await loadManifest(
    manifestPlaces(host, file, host.cwd),
  ).catch((error: unknown) => {
    if (file === undefined) return undefined;
    throw error;
  });
  const images = [...(manifest?.bottles.values() ?? [])].map(({ image }) => image);
  const own = images.flatMap((image) => (image.kind === "build" ? [ownRecipe(image).name] : []));
  return {
    // The gateway's is small, and needed wherever a start says so.
    names: new Set([defaultRecipe(host.dist).name, gatewayRecipe(host.dist).name, ...own]),
    references: images.flatMap((image) => (image.kind === "reference" ? [image.name] : [])),
  };
}
