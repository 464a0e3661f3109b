/** gVisor's runtime as a bottle needs it: names of ours beside the user's own `runsc`, with flags of ours. */
import type { LinkName } from "../../../manifest/manifest.ts";
import type { Registration } from "../doctor/register/register.ts";

export interface OwnRuntime {
  /** Under which the daemon knows it. */
  readonly name: string;
  readonly flags: readonly string[];
}

/**
 * What differs from runsc as it comes (runsc/config/flags.go): files are opened by its file server alone, so that the kernel of the
 * bottle is this machine's `nobody` without a capability instead of root; the filter for system calls that the Engine hands over
 * is used.
 */
const always = ["--directfs=false", "--oci-seccomp"] as const;

/** A loopback of its own and no network of this machine's; the link's sockets can be connected to. */
const socketRuntime: OwnRuntime = {
  name: "claude-bottle-runsc",
  flags: ["--network=none", "--host-uds=open", ...always],
};

/** The bottle's network by a stack of its own, and no socket of this machine's. */
const networkRuntime: OwnRuntime = { name: "claude-bottle-runsc-network", flags: always };

export const ownRuntimes: readonly OwnRuntime[] = [socketRuntime, networkRuntime];

/** The runtime of a link. */
export function runtimeFor(link: LinkName): OwnRuntime {
  return link === "network" ? networkRuntime : socketRuntime;
}

/** What its owner may add: how it runs, and nothing of what it lets through. */
const harmless: readonly RegExp[] = [
  /^--platform=(?:systrap|kvm|ptrace)$/,
  /^--systemd-cgroup(?:=true)?$/,
  /^--systrap-disable-[a-z-]+(?:=true)?$/,
];

/** The first flag that it may not have. */
export function foreignFlag({ flags }: OwnRuntime, found: readonly string[]): string | undefined {
  return found.find((one) => !flags.includes(one) && !harmless.some((flag) => flag.test(one)));
}

/** All of them, for a daemon that lacks one. */
export function gvisorRegistration(runsc: string): Registration {
  return {
    program: runsc,
    says: /^runsc version /m,
    entries: (path) =>
      Object.fromEntries(
        ownRuntimes.map(({ name, flags }) => [name, { path, runtimeArgs: flags }]),
      ),
    page: "docs/gvisor.md",
  };
}
