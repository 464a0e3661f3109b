/** What runs the containers of a rung, as far as one differs from another. */
import type { LaunchSpec, Mount } from "../../lifecycle/backend.ts";
import { gvisorProfile } from "./seccomp/gvisor-profile.ts";
import { seccompProfile } from "./seccomp/profile.ts";
import type { LinkName } from "../../manifest/manifest.ts";
import { maxMounts, refuseMounts } from "./gvisor/mounts.ts";
import { runtimeFor } from "./gvisor/runtime.ts";

export interface ContainerRuntime {
  /** Under which the daemon has it registered. */
  readonly name: string;
  /** The text of the filter for system calls; a test leaves the namespaces open. */
  readonly profile: (open?: "user-namespaces") => string;
  /**
   * `host`: processes and mounts of the bottle are this machine's, to be signalled and looked at. `own`: what runs here is a kernel,
   * of another user, and the daemon is asked to signal.
   */
  readonly kernel: "host" | "own";
  /** How many processes and threads of this machine so many of a bottle take. */
  readonly processes: (wanted: number) => number;
  /** Throws for what it cannot mount. */
  readonly refuse?: (spec: LaunchSpec, mounts: readonly Mount[]) => void;
  /** Of the container's, for the runtime to read. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What to do about a bottle that never said a word. */
  readonly silence?: string;
  /** Release of the daemon's kernel, where the bottle must have another. */
  readonly hostKernel?: string;
}

export const runc: ContainerRuntime = {
  name: "runc",
  profile: seccompProfile,
  kernel: "host",
  processes: (wanted) => wanted,
};

/** By the link, which decides about its flags. */
export function runscFor(link: LinkName): ContainerRuntime {
  return {
    name: runtimeFor(link).name,
    profile: gvisorProfile,
    kernel: "own",
    // Each of the bottle's has two outside (measured: 40 for none, 445 for 200), the kernel a thread for each mount and some more. One
    // that gets no thread ends (runtime.newosproc of Go), and the bottle with it.
    processes: (wanted) => 2 * wanted + 2 * maxMounts + 64,
    refuse: refuseMounts,
  };
}
