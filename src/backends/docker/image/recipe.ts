/** What an image is built from, and its name: the same content has the same name, on every machine. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BottleError } from "../../../errors/error.ts";
import type { ImageSpec } from "../../../manifest/manifest.ts";
import { defaultImage } from "./image.ts";

export interface ImageRecipe {
  /** `claude-bottle/default:<hash>`. */
  readonly name: string;
  /** What people read. */
  readonly what: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Written by scripts/build.js from images/default. */
const defaultFile = "default-image.json";
const maxDockerfile = 1024 * 1024;
/** Of a recipe's name that tells contents apart. */
const hashLength = 16;

/** The image that `dist` brings along. */
export function defaultRecipe(dist: string): ImageRecipe {
  const texts = JSON.parse(readFileSync(join(dist, defaultFile), "utf8")) as Record<string, string>;
  const files = new Map(
    Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const),
  );
  return { name: nameOf("default", files), what: defaultImage, files };
}

/**
 * The owner's Dockerfile and nothing beside it: what lies in its folder may be secret, and is not what was trusted. Such a build
 * fetches what it needs.
 */
export function ownRecipe({ file, sha256 }: Extract<ImageSpec, { kind: "build" }>): ImageRecipe {
  const content = readDockerfile(file);
  const digest = createHash("sha256").update(content).digest("hex");
  if (sha256 !== null && sha256 !== digest)
    throw new BottleError({
      code: "E_IMAGE",
      what: "The Dockerfile is not the one that was trusted.",
      next: "Look at it, then run `bottle trust` again.",
      place: { file },
    });
  const files = new Map([["Dockerfile", content]]);
  return { name: nameOf("own", files), what: file, files };
}

function readDockerfile(file: string): Buffer {
  try {
    const found = statSync(file);
    if (!found.isFile() || found.size > maxDockerfile) throw new Error("it is no Dockerfile");
    return readFileSync(file);
  } catch (cause) {
    throw new BottleError({
      code: "E_IMAGE",
      what: "The Dockerfile of the image cannot be read.",
      why: cause instanceof Error ? cause.message : String(cause),
      next: "Name another with image, or remove it.",
      place: { file },
      cause,
    });
  }
}

function nameOf(kind: string, files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash("sha256");
  for (const [name, content] of files) hash.update(`${name}\0${content.length}\0`).update(content);
  return `claude-bottle/${kind}:${hash.digest("hex").slice(0, hashLength)}`;
}
