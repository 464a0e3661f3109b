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
  files: "bound",
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

/** Kata runs a container as a machine of its own, whose kernel is the guest's. */
export const kataCapabilities: Capabilities = {
  ...runcCapabilities,
  rung: "kata",
  link: "network",
  kernel: "guest",
  ownKernel: true,
  // What it would pause is the machine's process, with the agent's in it: not tried.
  pause: false,
  sharedNamespaces: [],
};

/** The rungs whose bottles are the Docker daemon's containers. */
export type DockerRung = "runc" | "gvisor" | "kata";

const tables: Readonly<Record<DockerRung, Capabilities>> = {
  runc: runcCapabilities,
  gvisor: gvisorCapabilities,
  kata: kataCapabilities,
};

export interface DaemonKind {
  readonly files: Capabilities["files"];
  /** It gives its containers a user namespace, or is in one itself. */
  readonly ownUsers: boolean;
}

/** The table of a rung with a link and a kind of daemon. */
export function capabilitiesWith(
  rung: DockerRung,
  link: LinkName,
  { files, ownUsers }: DaemonKind,
): Capabilities {
  const table = tables[rung];
  const { sharedNamespaces: shared } = table;
  const sharedNamespaces = ownUsers ? shared.filter((kind) => kind !== "user") : shared;
  return { ...table, link, files, sharedNamespaces };
}
