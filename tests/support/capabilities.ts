/** What each rung can do, for suites that run on all of them. */
import { namespaceCapabilities } from "../../src/backends/namespace/backend.ts";
import { runcCapabilities } from "../../src/backends/docker/capabilities.ts";
import type { Capabilities } from "../../src/lifecycle/backend.ts";
import type { RungName } from "../../src/manifest/manifest.ts";

/** The table of a rung that has a backend. */
export function capabilitiesOf(rung: RungName): Capabilities {
  const found = [namespaceCapabilities, runcCapabilities].find((one) => one.rung === rung);
  if (found === undefined) throw new Error(`no backend has the rung ${rung}`);
  return found;
}

/** Why the helper's channel is not taken from it. */
export const noDescriptors = "pidfd_getfd(2) is refused on this rung";
