/** One bottle as the Engine's configuration of a container, from the spec alone; nothing is made here. */
import { homedir } from "node:os";
import { dirname } from "node:path";
import type { BottleStdio, LaunchSpec, Mount } from "../../lifecycle/backend.ts";
import { channelPort, doorPort } from "../../helper/protocol.ts";
import { inside, insideOurs } from "../inside.ts";
import { maskedFiles, maskedFolders, readOnly } from "../kernel-files.ts";
import type { Owner } from "../owner.ts";
import { scratchBytes } from "../scratch.ts";
import { sourcesOf } from "../sources.ts";
import type { Breakable } from "./breaks.ts";
import { idLabel, ownerLabel } from "./labels.ts";
import { limitSettings } from "./limits.ts";
import { attached } from "./network/attachment.ts";
import type { Attachment } from "./network/attachment.ts";
import type { ContainerRuntime } from "./runtime.ts";

export interface ContainerOptions {
  readonly spec: LaunchSpec;
  readonly stdio: BottleStdio;
  readonly open: Breakable | undefined;
  readonly user: Owner;
  /** For the label. */
  readonly owner: string;
  /** Undefined where the image brings its own. */
  readonly node: string | undefined;
  /** A program of this machine that runs the helper in place of the image's Node, and faster (own-node.ts). */
  readonly helperNode?: string | undefined;
  /** Variables that the image would set. */
  readonly imageEnv: readonly string[];
  /** Read-only files that stand in place of the image's: host paths. */
  readonly files: readonly Mount[];
  readonly runtime: ContainerRuntime;
  /** This kernel has IPv6. */
  readonly ipv6: boolean;
  /** Link `network`: the one network that it is on. */
  readonly attachment?: Attachment | undefined;
  /** Link `loopback`: the container of the gateway, whose network it joins. */
  readonly beside?: string | undefined;
  /** Engine and kernel can make a mount read-only with everything below it. */
  readonly recursive: boolean;
  /** Of a daemon elsewhere: in place of folders of this machine. */
  readonly carried?: readonly object[] | undefined;
}

/** Where the helper's one connection to its maker is, inside and in the link's directory. */
export const controlSocket = "helper.sock";

/** Not the path of the image's own, which may be a link, and agents run that one. */
const helperNode = `${insideOurs}/helper-node`;

/** Docker's own list, and all of /sys: the namespace rung has none of it either. */
const masked = [...maskedFiles, ...maskedFolders, "/proc/interrupts", "/sys"];

/** Bytes: as the namespace rung has it, 1 is "no core dump" even where a program of the host takes them (core(5)). */
const coreLimit = { Name: "core", Soft: 1, Hard: 1 };

/** What the agent writes goes to its owner and nowhere else. */
const noLog = { Type: "none", Config: {} };
/** What a terminal shows while nobody can hear it: bounded, and gone with the container. */
const heldLog = { Type: "local", Config: { "max-size": "16m", "max-file": "2" } };

/** The Engine sets these where nobody says otherwise; a name without a value takes them away. */
const engineEnv = ["HOSTNAME", "TERM"] as const;

/** The Engine takes ::1 away from a container without a network; servers of the agent listen there. */
export const ownIpv6 = "net.ipv6.conf.lo.disable_ipv6";

export function containerName(id: string): string {
  return `claude-bottle-${id}`;
}

/** Everything from outside, besides the image. */
export function bottleMounts(options: ContainerOptions): readonly Mount[] {
  const { spec, open } = options;
  const sources = sourcesOf(spec, options.node, open).map((mount): Mount =>
    // Tests only: nothing of the image can be written by that user, but its own link directory.
    open === "root" && mount.target === inside.link ? { ...mount, mode: "rw" } : mount,
  );
  const at = (path: string): Mount => ({ source: path, target: path, mode: "ro" });
  return [
    ...options.files,
    ...sources,
    ...(options.helperNode === undefined
      ? []
      : [{ source: options.helperNode, target: helperNode, mode: "ro" } as const]),
    ...(open === "home" ? [at(homedir())] : []),
    ...(open === "control-socket" ? [at(dirname(spec.linkDir))] : []),
  ];
}

export function containerConfig(options: ContainerOptions): object {
  const { spec, stdio, user } = options;
  const env = Object.entries(spec.helperEnv).map(([name, value]) => `${name}=${value}`);
  const unset = [...engineEnv, ...options.imageEnv].filter((name) => !(name in spec.helperEnv));
  const [node = inside.node, ...helper] = spec.helperArgv;
  const host = hostConfig(options);
  return {
    Image: spec.image,
    User: `${user.uid}:${user.gid}`,
    // Whoever joins a container's network has its name, and may not say another.
    ...(options.beside === undefined ? { Hostname: inside.hostname } : {}),
    Entrypoint: [
      options.helperNode === undefined ? node : helperNode,
      ...helper,
      ...placesOf(options),
    ],
    Cmd: [],
    Env: [...env, ...unset],
    WorkingDir: spec.workspaceTarget,
    Tty: stdio.kind === "terminal",
    OpenStdin: true,
    // Elsewhere a connection that is cut is made again, and must not be an end that the agent reads.
    StdinOnce: options.carried === undefined,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    // An image may bring a command that the daemon runs beside the bottle.
    Healthcheck: { Test: ["NONE"] },
    Labels: { [idLabel]: spec.id, [ownerLabel]: options.owner },
    // Then nothing is left for the daemon to set up: the runtime makes a network namespace with an `lo` that is up. Without this
    // it runs itself once more, inside of the start, to find that out (moby, daemon/oci_linux.go): as long as all the rest.
    NetworkDisabled: host.NetworkMode === "none",
    HostConfig: host,
    ...(options.attachment === undefined
      ? {}
      : { NetworkingConfig: attached(options.attachment).networking }),
  };
}

/** Where the helper finds its gateway, and whoever it listens to. */
function placesOf({ attachment, beside }: ContainerOptions): readonly string[] {
  const gateway = beside === undefined ? attachment?.network.subnet.gateway : "127.0.0.1";
  if (gateway === undefined) return ["--control", `${inside.link}/${controlSocket}`];
  return ["--link", `tcp:${gateway}:${doorPort}`, "--control", `tcp:${gateway}:${channelPort}`];
}

function hostConfig(options: ContainerOptions) {
  const { spec, open } = options;
  const scratch = scratchBytes(spec.limits);
  const net = options.attachment === undefined ? undefined : attached(options.attachment);
  const tmpfs = `rw,nosuid,nodev,exec,mode=1777,size=${scratch}`;
  return {
    Runtime: options.runtime.name,
    ...(options.runtime.annotations !== undefined && { Annotations: options.runtime.annotations }),
    NetworkMode: open === "network" ? "host" : "none",
    ...net?.host,
    ...(options.beside === undefined ? {} : { NetworkMode: `container:${options.beside}` }),
    PidMode: open === "processes" || open === "ptrace" ? "host" : "",
    IpcMode: "private",
    CgroupnsMode: "private",
    // Its first process, which takes in orphans and hands signals on.
    Init: true,
    CapDrop: ["ALL"],
    // Tests only: what would see through the gateway's uid.
    ...(open === "capabilities" ? { CapAdd: ["SYS_PTRACE"] } : {}),
    Privileged: false,
    SecurityOpt: securityOptions(options),
    MaskedPaths: open === "sysctl" ? [] : masked,
    ReadonlyPaths: open === "sysctl" ? [] : readOnly,
    ReadonlyRootfs: open !== "root",
    Tmpfs: { "/tmp": tmpfs, "/var/tmp": tmpfs },
    ShmSize: scratch,
    Mounts: options.carried ?? bottleMounts(options).map((mount) => bindOf(mount, options)),
    Ulimits: [coreLimit],
    Sysctls: {
      // Those of a network that it joins are its owner's.
      ...(options.beside === undefined && options.ipv6 && (net !== undefined || open !== "network")
        ? { [ownIpv6]: "0" }
        : {}),
      ...net?.sysctls,
    },
    LogConfig: options.carried === undefined ? noLog : heldLog,
    RestartPolicy: { Name: "no" },
    // With it goes its log, which may be asked for when a connection has been made again.
    AutoRemove: options.carried === undefined,
    ...limitSettings(spec.limits, options.runtime.processes),
  };
}

function securityOptions({ open, runtime }: ContainerOptions): readonly string[] {
  const filter =
    open === "seccomp"
      ? "unconfined"
      : runtime.profile(open === "user-namespaces" ? open : undefined);
  return [...(open === "setuid" ? [] : ["no-new-privileges"]), `seccomp=${filter}`];
}

/**
 * A bind mount whose source must be there. What is mounted below a read-only source would stay writable where the Engine or the
 * kernel is old, and is left out there; elsewhere it is read-only as well, or the Engine refuses.
 */
function bindOf({ source, target, mode }: Mount, { recursive }: ContainerOptions): object {
  const readOnly = recursive ? { ReadOnlyForceRecursive: true } : { NonRecursive: true };
  return {
    Type: "bind",
    Source: source,
    Target: target,
    ReadOnly: mode === "ro",
    BindOptions: { Propagation: "rprivate", ...(mode === "ro" ? readOnly : {}) },
  };
}
