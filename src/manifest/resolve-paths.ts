/** Makes every path of a bottle absolute, so that nothing behind the manifest has to know where that was. */
import { join } from "node:path";
import { expandHome } from "./formats/local-path.ts";
import type { BottleSpec, ImageSpec } from "./manifest.ts";

export interface Places {
  readonly home: string;
  /** Of the manifest. */
  readonly folder: string;
}

/** Secrets keep their tilde: their references are printed as the owner wrote them. */
export function resolvePaths(bottle: BottleSpec, { home, folder }: Places): BottleSpec {
  const { mounts, upstreamProxy, engine, image, crl } = bottle;
  const ca = upstreamProxy?.ca ?? null;
  return {
    ...bottle,
    image: resolveImage(image, { home, folder }),
    mounts: mounts.map((mount) => ({ ...mount, source: expandHome(mount.source, home) })),
    crl: crl.map((file) => expandHome(file, home)),
    ...(typeof engine?.program === "string" && {
      engine: { ...engine, program: expandHome(engine.program, home) },
    }),
    upstreamProxy:
      upstreamProxy === null || ca === null
        ? upstreamProxy
        : { ...upstreamProxy, ca: expandHome(ca, home) },
  };
}

function resolveImage(image: ImageSpec, { home, folder }: Places): ImageSpec {
  if (image.kind !== "build" || image.file.startsWith("/")) return image;
  const path = expandHome(image.file, home);
  return { ...image, file: path.startsWith("/") ? path : join(folder, path) };
}
