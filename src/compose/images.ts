/** The images of bottles, apart from any start: built ahead, listed, cleared away. */
import { unusedPrograms } from "../backends/docker/carried/programs.ts";
import { removeVolume } from "../backends/docker/carried/volumes.ts";
import { defaultRecipe, gatewayRecipe, ownRecipe } from "../backends/docker/image/recipe.ts";
import { removeImage, storedImages } from "../backends/docker/image/store.ts";
import type { StoredImage } from "../backends/docker/image/store.ts";
import { findEndpoint } from "../backends/docker/engine/endpoint.ts";
import { openEngine } from "../backends/docker/engine/engine.ts";
import type { Engine } from "../backends/docker/engine/engine.ts";
import { engineError } from "../backends/docker/engine/failure.ts";
import { prepareImage } from "../backends/docker/image/prepare.ts";
import { BottleError } from "../errors/error.ts";
import type { ImageSpec, Manifest } from "../manifest/manifest.ts";
import { loadManifest } from "../manifest/load.ts";
import { manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";

export interface ListedImage extends StoredImage {
  /** A bottle of the manifest, or of any that names none, is made of it. */
  readonly used: boolean;
}

/** The image of one bottle of the manifest, or, without a name, the default one; returns its id. */
export async function buildImage(
  host: Host,
  options: { readonly bottle?: string | undefined; readonly manifest?: string | undefined },
  progress: (line: string) => void,
): Promise<string> {
  const image = await imageOf(host, options);
  return withEngine(host, (engine) =>
    prepareImage({ engine, env: host.env, dist: host.dist }, image, progress),
  );
}

export async function listImages(
  host: Host,
  manifest: string | undefined,
): Promise<readonly ListedImage[]> {
  const names = await usedNames(host, manifest);
  const stored = await withEngine(host, storedImages);
  return stored.map((image) => ({ ...image, used: names.has(image.name) }));
}

/** Removes what no bottle of the manifest is made of, and programs that no bottle uses; one that is in use stays, and says why. */
export async function pruneImages(
  host: Host,
  manifest: string | undefined,
): Promise<readonly (ListedImage & { readonly stays: string | undefined })[]> {
  const unused = (await listImages(host, manifest)).filter(({ used }) => !used);
  return withEngine(host, async (engine) => {
    const pruned: (ListedImage & { stays: string | undefined })[] = [];
    for (const image of unused)
      pruned.push({ ...image, stays: await removeImage(engine, image.name || image.id) });
    // One that a bottle began to use meanwhile stays.
    for (const name of await unusedPrograms(engine))
      await removeVolume(engine, name).catch(() => undefined);
    return pruned;
  });
}

async function withEngine<T>(host: Host, work: (engine: Engine) => Promise<T>): Promise<T> {
  using engine = engineOf(host);
  try {
    return await work(engine);
  } catch (error) {
    throw engineError(error);
  }
}

function engineOf(host: Host): Engine {
  const endpoint = findEndpoint(host.env);
  if ("socket" in endpoint) return openEngine(endpoint.socket);
  throw new BottleError({
    code: "E_RUNG_UNAVAILABLE",
    what: "There is no Docker daemon to have images.",
    why: endpoint.reason,
    next: endpoint.remedy,
  });
}

async function imageOf(
  host: Host,
  {
    bottle,
    manifest,
  }: { readonly bottle?: string | undefined; readonly manifest?: string | undefined },
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

/** Without a manifest the default image alone is in use. */
async function usedNames(host: Host, file: string | undefined): Promise<ReadonlySet<string>> {
  const manifest: Manifest | undefined = await loadManifest(
    manifestPlaces(host, file, host.cwd),
  ).catch((error: unknown) => {
    if (file === undefined) return undefined;
    throw error;
  });
  const images = [...(manifest?.bottles.values() ?? [])].map(({ image }) => image);
  const own = images.flatMap((image) => (image.kind === "build" ? [ownRecipe(image).name] : []));
  // The gateway's is small, and needed wherever a start says so.
  return new Set([defaultRecipe(host.dist).name, gatewayRecipe(host.dist).name, ...own]);
}
