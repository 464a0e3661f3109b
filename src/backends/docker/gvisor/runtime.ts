/** gVisor's runtime as a bottle needs it: a name of ours beside the user's own `runsc`, with flags of ours. */

/** Under which the daemon knows it. */
export const ownRuntime = "claude-bottle-runsc";

/**
 * What differs from runsc as it comes (runsc/config/flags.go): there is a loopback of its own and no network of this machine's; the
 * link's sockets can be connected to; files are opened by its file server alone, so that the kernel of the bottle is this machine's
 * `nobody` without a capability instead of root; the filter for system calls that the Engine hands over is used.
 */
export const ownFlags = [
  "--network=none",
  "--host-uds=open",
  "--directfs=false",
  "--oci-seccomp",
] as const;

/** What its owner may add: how it runs, and nothing of what it lets through. */
export const allowedFlags: readonly RegExp[] = [
  ...ownFlags.map((flag) => new RegExp(`^${flag}$`)),
  /^--platform=(?:systrap|kvm|ptrace)$/,
  /^--systemd-cgroup(?:=true)?$/,
  /^--systrap-disable-[a-z-]+(?:=true)?$/,
];
