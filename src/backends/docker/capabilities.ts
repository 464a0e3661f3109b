/** What this backend can do, by rung and link; code, docs and the suites read it. */
import type { Capabilities } from "../../lifecycle/backend.ts";
import type { LinkName } from "../../manifest/manifest.ts";

export const runcCapabilities: Capabilities = {
  rung: "runc",
  link: "socket",
  ownKernel: false,
  pause: true,
  system: "image",
  files: "bound",
  terminal: "bottle",
  // The daemon is root, and gives containers a user namespace only where all of its containers have one (`userns-remap`).
  sharedNamespaces: ["user"],
  nosuid: false,
  takesDescriptors: false,
};

/** The rung `runc` with a link; only the link differs. */
export function runcWith(link: LinkName): Capabilities {
  return { ...runcCapabilities, link };
}
