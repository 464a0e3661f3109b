/** An image that is ready: found by its content's name, else built; by reference, else pulled. Nothing is fetched that is there. */
import { BottleError } from "../../../errors/error.ts";
import type { ImageSpec } from "../../../manifest/manifest.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure } from "../engine/failure.ts";
import { buildImage } from "./build.ts";
import { findImage } from "./image.ts";
import { defaultRecipe, ownRecipe } from "./recipe.ts";
import type { ImageRecipe } from "./recipe.ts";

export interface ImageHost {
  readonly engine: Engine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where this program's own files are. */
  readonly dist: string;
}

/** Returns its id. */
export async function prepareImage(
  host: ImageHost,
  image: ImageSpec,
  progress: (line: string) => void,
): Promise<string> {
  if (image.kind === "reference") return referred(host.engine, image.name, progress);
  return built(
    host,
    image.kind === "default" ? defaultRecipe(host.dist) : ownRecipe(image),
    progress,
  );
}

/** The image of a recipe: there, or built now. Returns its id. */
export async function built(
  { engine, env }: Omit<ImageHost, "dist">,
  recipe: ImageRecipe,
  progress: (line: string) => void,
): Promise<string> {
  const found = await findImage(engine, recipe.name);
  if (found !== undefined) return found.id;
  progress(`building ${recipe.what} (once) …`);
  await buildImage(engine, recipe, env, progress);
  const made = await findImage(engine, recipe.name);
  if (made !== undefined) return made.id;
  throw new BottleError({
    code: "E_IMAGE_BUILD",
    what: `The build of ${recipe.what} made no image.`,
    next: "Try again, and look at what the build says.",
  });
}

async function referred(
  engine: Engine,
  name: string,
  progress: (line: string) => void,
): Promise<string> {
  const found = await findImage(engine, name);
  if (found !== undefined) return found.id;
  progress(`pulling ${name} (once) …`);
  try {
    const answer = await engine.stream("POST", "/images/create", {
      query: { fromImage: tagged(name) },
    });
    // Its end is the end of the pull; whether it went well shows in what is there afterwards.
    for await (const part of answer) void part;
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    throw missing(name, error.message);
  }
  const pulled = await findImage(engine, name);
  if (pulled !== undefined) return pulled.id;
  throw missing(name, undefined);
}

/** Without a tag the Engine would pull every one there is. */
function tagged(name: string): string {
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
}

function missing(name: string, why: string | undefined): BottleError {
  return new BottleError({
    code: "E_IMAGE",
    what: `The image ${JSON.stringify(name.slice(0, 200))} is not there and cannot be pulled.`,
    ...(why === undefined ? {} : { why: `Docker says: ${why}` }),
    next: "Build it or pull it with docker, or name another.",
  });
}
