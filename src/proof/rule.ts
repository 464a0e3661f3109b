/** What a rule of the verdict is. */

/** The boundaries; each is held by at least one probe, and each is broken once by a test. */
export type BoundaryName =
  | "network"
  | "bridge"
  | "link-layer"
  | "name-server"
  | "firewall"
  | "gateway-policy"
  | "gateway-address"
  | "gateway-authority"
  | "neighbour"
  | "control-socket"
  | "home"
  | "root"
  | "sysctl"
  | "processes"
  | "ptrace"
  | "user-namespaces"
  | "kernel"
  | "seccomp"
  | "setuid"
  | "capabilities"
  | "environment"
  | "devices"
  | "workspace"
  | "mounts";

/** How a bottle reaches its gateway (src/lifecycle/backend.ts). */
export type LinkKind = "socket" | "network" | "vsock" | "guestfwd" | "loopback";

/** Whose kernel a bottle has (src/lifecycle/backend.ts). */
export type KernelKind = "host" | "gvisor" | "guest";

export interface Rule {
  readonly name: string;
  readonly boundary: BoundaryName;
  /** Observations that pass. */
  readonly expected: readonly string[];
  /** Judged only on rungs that have it. */
  readonly needs?: "nosuid" | "gvisor" | "guest";
  /** Passes whatever is a release of a kernel, and not this one; `expected` says so in words. */
  readonly unlike?: "host-kernel";
  /** Canaries that must have stayed silent, and must have heard the control run. */
  readonly canaries?: readonly string[];
  /** A further observation that passes only under a condition the host knows of. */
  readonly unless?: { readonly observed: string; readonly when: "no-allowed-host" | "filtered" };
}

/** A further observation that passes where the image has nothing to make system calls with. */
export const untried = { observed: "not tried: no perl or python3", when: "filtered" } as const;
/** And where the policy allows no host to try it with. */
export const noHost = { observed: "no allowed host", when: "no-allowed-host" } as const;
