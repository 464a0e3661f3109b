/** What this backend can do, by rung and link; code, docs and the suites read it. */
import type { Capabilities } from "../../lifecycle/backend.ts";
import type { LinkName } from "../../manifest/manifest.ts";

export const runcCapabilities: Capabilities = {
  rung: "runc",
  link: "socket",
  ownKernel: false,
  kernel: "host",
  pause: true,
  system: "image",
  terminal: "bottle",
  // The daemon is root, and gives containers a user namespace only where all of its containers have one (`userns-remap`).
  sharedNamespaces: ["user"],
  nosuid: false,
  coversSockets: true,
  takesDescriptors: false,
};

/** gVisor runs in the place of runc: a program that is the bottle's kernel. */
export const gvisorCapabilities: Capabilities = {
  ...runcCapabilities,
  rung: "gvisor",
  kernel: "gvisor",
  ownKernel: true,
  // What is inside are numbers of the other kernel, none of which is one of this machine's.
  sharedNamespaces: [],
  coversSockets: false,
};

/** The table of a rung of this backend with a link; only the link differs. */
export function capabilitiesWith(rung: "runc" | "gvisor", link: LinkName): Capabilities {
  return { ...(rung === "gvisor" ? gvisorCapabilities : runcCapabilities), link };
}
