/** What each rung can do, for suites that run on all of them. */
import { namespaceCapabilities } from "../../src/backends/namespace/backend.ts";
import {
  gvisorCapabilities,
  kataCapabilities,
  runcCapabilities,
} from "../../src/backends/docker/capabilities.ts";
import type { Capabilities } from "../../src/lifecycle/backend.ts";
import type { RungName } from "../../src/manifest/manifest.ts";

/** The table of a rung that has a backend. */
export function capabilitiesOf(rung: RungName): Capabilities {
  const found = [
    namespaceCapabilities,
    runcCapabilities,
    gvisorCapabilities,
    kataCapabilities,
  ].find((one) => one.rung === rung);
  if (found === undefined) throw new Error(`no backend has the rung ${rung}`);
  return found;
}

/** Why the helper's channel is not taken from it. */
export const noDescriptors = "pidfd_getfd(2) is refused on this rung";

const sameKernel = "its kernel is this machine's";
/** What no setting of a container of gVisor opens. */
const closedInGvisor: Readonly<Record<string, string>> = {
  network: "our runtime of gVisor gives a bottle no network, whatever its container is given",
  processes: "gVisor shows no process of this machine, whatever namespace its sandbox is in",
  ptrace: "gVisor shows no process of this machine, whatever namespace its sandbox is in",
  sysctl: "the settings of gVisor's kernel are its own, whether they can be written or not",
};

/** Why a test cannot leave that boundary open; undefined where it can. */
export function cannotOpen({ kernel, rung }: Capabilities, boundary: string): string | undefined {
  if (boundary === "setuid" && rung === "namespace")
    return "bubblewrap sets no_new_privs and mounts everything nosuid, whatever it is told";
  if (boundary === "kernel") return kernel === "host" ? sameKernel : undefined;
  return kernel === "gvisor" ? closedInGvisor[boundary] : undefined;
}
