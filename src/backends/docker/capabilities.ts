/** What the rung `runc` of this backend can do; code, docs and the suites read it. */
import type { Capabilities } from "../../lifecycle/backend.ts";

export const runcCapabilities: Capabilities = {
  rung: "runc",
  link: "socket",
  ownKernel: false,
  pause: true,
  system: "image",
  terminal: "bottle",
  // The daemon is root, and gives containers a user namespace only where all of its containers have one (`userns-remap`).
  sharedNamespaces: ["user"],
  nosuid: false,
  takesDescriptors: false,
};
