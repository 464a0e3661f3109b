/** The Backend contract (DESIGN section 5): what makes bottles of some rungs. No policy, no agent, no library type. */
import type { Duplex, Readable, Writable } from "node:stream";
import type { NetworkTarget } from "../helper/protocol.ts";
import type { ImageSpec, RungName } from "../manifest/manifest.ts";
import type { Instead, LimitPlan } from "../plan/plan.ts";

export type Availability =
  | {
      readonly available: true;
      readonly detail: string;
      /** It runs, but on hardware that is software here: nothing that `auto` would take for strong. */
      readonly emulated?: boolean | "unknown";
    }
  | {
      readonly available: false;
      readonly reason: string;
      readonly remedy: string;
      /** How the same rung can be used here all the same, which whoever named no link is given. */
      readonly instead?: Instead;
    };

/** One thing that the doctor looked at. Text from files of the host is escaped by whoever prints it. */
export interface Check {
  /** Short and stable: scripts may rely on it, and docs/doctor.md explains it. */
  readonly name: string;
  /** `bad`: something will not work; `open`: bottles work without it, or it is worth knowing. */
  readonly state: "good" | "bad" | "open";
  readonly detail: string;
  /** A sentence, or `Run: ` and an exact command for this system. */
  readonly remedy?: string;
  /** What `bottle doctor --fix` can do about it, after asking. */
  readonly fix?: Fix;
}

export interface Fix {
  /** What will be done, as a sentence of which the yes is asked. */
  readonly what: string;
  /** Only root may. */
  readonly asRoot: boolean;
  /** Returns what was done. */
  apply(): Promise<string>;
}

/** What a backend can do; code, docs and the conformance suite read the same table. */
export interface Capabilities {
  readonly rung: RungName;
  readonly link: "socket" | "network" | "vsock" | "guestfwd" | "loopback";
  /**
   * Between the agent and this machine's kernel is another one: a guest's, or a program that answers system calls itself. Numbers of
   * processes, inodes and namespaces inside are its own and say nothing of this machine's.
   */
  readonly ownKernel: boolean;
  /** Whose kernel the proof must find inside. */
  readonly kernel: "host" | "gvisor" | "guest";
  readonly pause: boolean;
  /** What a bottle's system is: this machine's own, read-only, or an image's. */
  readonly system: "host" | "image";
  /**
   * `bound`: a bottle's folders are those of this machine. `carried`: its machine shares none with this one, so that they are
   * carried there and back, and no process of it can be seen from here.
   */
  readonly files: "bound" | "carried";
  /** Whose pseudo-terminal an agent gets: one of this machine's, or one that the backend makes inside and carries out. */
  readonly terminal: "host" | "bottle";
  /** Kernel namespaces that a bottle has in common with this machine, as `/proc/self/ns` names them; everything else is its own. */
  readonly sharedNamespaces: readonly string[];
  /** No file system of a bottle honours a set-user-id bit; elsewhere `no_new_privs` alone holds them. */
  readonly nosuid: boolean;
  /** A socket in a mounted workspace is covered; elsewhere a workspace that has one is refused. */
  readonly coversSockets: boolean;
  /** One process inside may take another's open descriptors (pidfd_getfd(2)), which Docker's filters refuse. */
  readonly takesDescriptors: boolean;
}

/** One thing from outside that the bottle sees. `source` is an absolute host path. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly mode: "ro" | "rw";
}

/** A path of a mounted workspace that is a mount point of its own. */
export interface WorkspacePoint {
  /** From the workspace's top on; parents come before what is in them. */
  readonly path: string;
  /** `rw`: only held in its place. `cover`: there, and nothing to be seen of it. */
  readonly mode: "ro" | "rw" | "cover";
  /** Device, inode and birth (stat(2)), by which the probe inside knows it. */
  readonly identity: string;
}

/** Everything a backend needs to make one bottle; the boundary and nothing of policy. */
export interface LaunchSpec {
  readonly id: string;
  /** Host directory of the link's sockets; bound at `/run/claude-bottle` read-only, its sockets connectable. */
  readonly linkDir: string;
  /** The private workspace copy on the host, or the owner's folder itself, bound read-write at `workspaceTarget`. */
  readonly workspace: string;
  /** Of the owner's folder: what is held in place. If one is replaced from outside, which ends its mount, the bottle is killed. */
  readonly points?: readonly WorkspacePoint[];
  /** Who the bottle's processes are on the host, where that is not the backend's to say; never root. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Where the agent works, e.g. `/work/<name>`. */
  readonly workspaceTarget: string;
  /** Host directory that becomes the agent's private home, bound read-write at `/home/agent`. */
  readonly home: string;
  /** Agent files and helper, read-only. */
  readonly mounts: readonly Mount[];
  /** Targets of those mounts that are helper and agent: pinned, and the same for every bottle. An image may have them instead. */
  readonly programs?: readonly string[];
  /**
   * The helper's command inside the bottle; it speaks `HelperMessage` on file descriptor 3. Where `control` is given, the backend
   * appends `--link tcp:ADDRESS:4180 --control tcp:ADDRESS:4181`: the gateway's address in the bottle's network is its to know.
   */
  readonly helperArgv: readonly string[];
  /** Environment of the helper; the agent's own comes with the `run` request. */
  readonly helperEnv: Readonly<Record<string, string>>;
  readonly limits: readonly LimitPlan[];
  /** Link `network`: the helper's channel, which comes through the gateway; the backend makes none, and this is the bottle's. */
  readonly control?: Duplex;
  /** What `prepare` made of the plan's image, where the system is one. */
  readonly image?: string | undefined;
  /** Resolves when nobody wants the bottle any more: a launch that waits for another program gives up then. */
  readonly end?: Promise<unknown>;
  /** Tests only: the boundary to leave open, so that its probe is seen failing. */
  readonly breakBoundary: string | undefined;
}

/** Standard streams of the bottle's first process: pipes, a pseudo-terminal's slave, or a terminal that the backend makes. */
export type BottleStdio =
  | { readonly kind: "pipes" }
  | { readonly kind: "tty"; readonly slaveFd: number }
  | { readonly kind: "terminal"; readonly columns: number; readonly rows: number };

/** The outer side of a terminal that is in the bottle. */
export interface BottleTerminal {
  readonly input: Writable;
  /** Ends with the bottle. */
  readonly output: Readable;
  resize(columns: number, rows: number): void;
}

/** A bottle whose helper runs. Disposing stops it. */
export interface RunningBottle extends AsyncDisposable {
  readonly id: string;
  /** Resolves when all limits hold for whatever the helper starts from then on; nothing of the agent may start before. */
  readonly limited: Promise<void>;
  /** Host process id of the bottle's outermost process; undefined on another machine. */
  readonly pid: number | undefined;
  /** Requests to the helper and its messages, one JSON object a line on descriptor 3. */
  readonly control: Duplex;
  /** Link `network`: what is on it, for the probes. */
  readonly network?: NetworkTarget;
  /** Present for `pipes`, but where files are carried: there they come through the helper, which loses nothing by a cut. */
  readonly stdio:
    | { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable }
    | undefined;
  /** Present for `terminal`. */
  readonly terminal?: BottleTerminal;
  /** Release of the kernel that its maker runs on, where that is not this machine's: a guest must show another. */
  readonly hostKernel?: string;
  /** Resolves when the last process of the bottle is gone. */
  readonly exited: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
  }>;
  /** Points of the workspace that something on the host replaced: their protection is gone, and the bottle was ended for it. */
  readonly lost: () => readonly string[];
  /** Host process ids of all processes in the bottle, for the search for secrets from outside. */
  processes(): Promise<readonly number[]>;
  /** Where files are carried. */
  readonly carried?: CarriedFiles;
  /** What is told of the bottle outside of it, which the search for secrets reads as well; where its processes do not show it. */
  told?(): Promise<readonly { readonly where: string; readonly text: string }[]>;
  /** Where the capability table has it: nothing inside runs until `resume`. */
  pause?(): Promise<void>;
  resume?(): Promise<void>;
  /** TERM, then KILL after `graceMs`; resolves when everything is gone and undone. */
  stop(graceMs: number): Promise<void>;
}

/** The folders of a bottle on another machine. */
export interface CarriedFiles {
  /** Workspace, home and link folder as they are here; before the agent starts. */
  carryIn(): Promise<void>;
  /** Workspace and home as they are there, into the record: all of it, or nothing. */
  carryOut(): Promise<void>;
  /** What is there goes; when the bottle has ended. */
  remove(): Promise<void>;
}

/** Where the work of a bottle is that has no supervisor any more. */
export interface LeftFiles {
  readonly id: string;
  /** In its record. */
  readonly workspace: string;
  readonly home: string;
  /** Bytes that its plan gave it. */
  readonly room: number;
}

/** A gateway that runs beside its bottle, as a program of ours. */
export interface GatewayHostSpec {
  /** Of the bottle. */
  readonly id: string;
  /** Host path of the program, one file for Node. */
  readonly program: string;
  /** Of the program, without a secret; the backend appends `--address ADDRESS`, where it listens: on no other. */
  readonly argv: readonly string[];
  /** Tests only: the boundary to leave open. */
  readonly breakBoundary: string | undefined;
  /** Resolves when nobody wants the bottle any more. */
  readonly end?: Promise<unknown>;
}

/** Disposing ends it. */
export interface GatewayHost extends AsyncDisposable {
  /** Its standard input and output, from now on; called again after a cut. */
  connect(): Promise<Duplex>;
  /** Resolves when its process is gone, with the reason as far as it is known. */
  readonly exited: Promise<string>;
}

/** What a dead owner left behind. */
export interface Leftover {
  readonly id: string;
  readonly what: string;
}

export interface Backend {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Cheap: no bottle is made. What has not answered when `end` comes does not answer. */
  probe(end?: AbortSignal): Promise<Availability>;
  /** Every single thing that bottles of this rung depend on here; makes no bottle either. `end` as there. */
  examine(end?: AbortSignal): Promise<readonly Check[]>;
  /** How the limits of a bottle hold here. */
  limits(wanted: {
    cpus: number;
    memory: number;
    pids: number;
    disk: number;
  }): Promise<readonly LimitPlan[]>;
  /** Makes what bottles of this image need, or finds it there; where the system is an image. Returns its name for a launch. */
  prepare?(image: ImageSpec, progress: (line: string) => void): Promise<string>;
  /** Owner of the bottle's files on the host: files it must write are given to this uid and gid first. */
  owner(id: string): { readonly uid: number; readonly gid: number };
  /** Link `network`: starts the bottle's gateway, before the bottle. Resolves when the program runs, not when it is ready. */
  hostGateway?(spec: GatewayHostSpec): Promise<GatewayHost>;
  launch(spec: LaunchSpec, stdio: BottleStdio): Promise<RunningBottle>;
  /** Where files are carried: fetches what a dead bottle left on its machine into its record; false if nothing is there. */
  fetch?(left: LeftFiles): Promise<boolean>;
  /** The same, and gives it up. */
  discard?(id: string): Promise<void>;
  /** Bottles of this owner whose work was not fetched. */
  kept?(): Promise<readonly Leftover[]>;
  find(): Promise<readonly Leftover[]>;
  sweep(leftover: Leftover): Promise<void>;
}
