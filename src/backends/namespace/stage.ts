/**
 * Started as root, a bottle's files may lie below folders that its unprivileged host uid cannot enter (/root is 0700).
 * An outer bubblewrap therefore binds them side by side in a private mount namespace, then drops to that uid; the inner
 * one makes the bottle. Both die with the supervisor, and the mounts with them.
 */
import type { Mount } from "../../lifecycle/backend.ts";
import type { Owner } from "../owner.ts";

/**
 * The outer bubblewrap has a process namespace as well, and its first process keeps uid 0: the signal that a dying parent
 * sends obeys kill(2)'s permissions, so without it the death of the outer monitor, which has no capabilities, would not reach
 * processes of another uid. The host's own /proc stays mounted beside, because the kernel lets a new user namespace mount
 * /proc only where one is fully visible already.
 */
const ownProcesses = ["--unshare-pid", "--proc", "/proc"] as const;

/** Hidden only for the inner bubblewrap, which needs nothing of the host's /tmp. */
const stage = "/tmp";

export interface Staged {
  /** The outer command, up to the inner bubblewrap. */
  readonly argv: readonly string[];
  /** The same mounts, with sources that the unprivileged uid reaches. */
  readonly mounts: readonly Mount[];
}

export function stageMounts(options: {
  readonly bwrap: string;
  readonly setpriv: string;
  readonly mounts: readonly Mount[];
  readonly owner: Owner;
  /** Tests only: the broken `processes` boundary. */
  readonly hostProcesses: boolean;
}): Staged {
  const mounts = options.mounts.map((mount, index) => ({ ...mount, source: `${stage}/${index}` }));
  const binds = options.mounts.flatMap((mount, index) => [
    mount.mode === "rw" ? "--bind" : "--ro-bind",
    mount.source,
    `${stage}/${index}`,
  ]);
  const argv = [
    options.bwrap,
    "--die-with-parent",
    "--dev-bind",
    "/",
    "/",
    ...(options.hostProcesses ? [] : ownProcesses),
    "--tmpfs",
    stage,
    "--dev-bind",
    "/proc",
    `${stage}/proc`,
    ...binds,
    "--remount-ro",
    stage,
    "--cap-drop",
    "ALL",
    "--cap-add",
    "CAP_SETUID",
    "--cap-add",
    "CAP_SETGID",
    "--chdir",
    "/",
    "--",
    options.setpriv,
    "--reuid",
    String(options.owner.uid),
    "--regid",
    String(options.owner.gid),
    "--clear-groups",
    "--",
  ];
  return { argv, mounts };
}
