/** gVisor's runtime as a bottle needs it: a name of ours beside the user's own `runsc`, with flags of ours. */

/** Under which the daemon knows it. */
export const ownRuntime = "claude-bottle-runsc";

/**
 * What differs from runsc as it comes (runsc/config/flags.go): sockets of the link can be connected to; files are opened by its
 * file server alone, so that the kernel of the bottle is the host's `nobody` without a capability instead of root; the filter
 * for system calls that the Engine hands over is used.
 */
export const ownFlags = ["--host-uds=open", "--directfs=false", "--oci-seccomp"] as const;
