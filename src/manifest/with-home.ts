/** Puts the home in place of each tilde in a bottle, so that nothing behind the manifest has to know what it means. */
import { expandHome } from "./formats/local-path.ts";
import type { BottleSpec } from "./manifest.ts";

/** Secrets keep theirs: their references are printed as the owner wrote them. */
export function withHome(bottle: BottleSpec, home: string): BottleSpec {
  const { mounts, upstreamProxy } = bottle;
  const ca = upstreamProxy?.ca ?? null;
  return {
    ...bottle,
    mounts: mounts.map((mount) => ({ ...mount, source: expandHome(mount.source, home) })),
    upstreamProxy:
      upstreamProxy === null || ca === null
        ? upstreamProxy
        : { ...upstreamProxy, ca: expandHome(ca, home) },
  };
}
