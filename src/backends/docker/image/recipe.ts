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
  /** Ours: its build is given the certificates that this machine trusts besides the usual. */
  readonly ours: boolean;
}

/** Written by scripts/build.js from images/. */
const files = { default: "default-image.json", gateway: "gateway-image.json" } as const;
const maxDockerfile = 1024 * 1024;
/** Of a recipe's name that tells contents apart. */
const hashLength = 16;

/** The image that `dist` brings along. */
export function defaultRecipe(dist: string): ImageRecipe {
  return oursOf(dist, "default", defaultImage);
}

/** What a gateway runs in that is hosted beside its bottle: a Node and nothing else. */
export function gatewayRecipe(dist: string): ImageRecipe {
  return oursOf(dist, "gateway", "the gateway's image");
}

function oursOf(dist: string, kind: keyof typeof files, what: string): ImageRecipe {
  const texts = JSON.parse(readFileSync(join(dist, files[kind]), "utf8")) as Record<string, string>;
  const found = new Map(
    Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const),
  );
  return { name: nameOf(kind, found), what, files: found, ours: true };
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
  const only = new Map([["Dockerfile", content]]);
  return { name: nameOf("own", only), what: file, files: only, ours: false };
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

function nameOf(kind: string, of: ReadonlyMap<string, Buffer>): string {
  const hash = createHash("sha256");
  for (const [name, content] of of) hash.update(`${name}\0${content.length}\0`).update(content);
  return `claude-bottle/${kind}:${hash.digest("hex").slice(0, hashLength)}`;
}
