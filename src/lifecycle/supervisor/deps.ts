/** What a supervisor is made of, as contracts: the composition root hands the real parts in. */
import type { Duplex } from "node:stream";
import type { ProbeResult, ProbeTargets } from "../../helper/protocol.ts";
import type { BottleError } from "../../errors/error.ts";
import type { PortSpec } from "../../manifest/manifest.ts";
import type { AgentContext, AgentProvider } from "../agent.ts";
import type { WorkspacePlan } from "../../plan/plan.ts";
import type { Backend, WorkspacePoint } from "../backend.ts";
import type { Forest, LaunchOrder, ProbeVerdict, TokenCounts } from "../control.ts";
import type { HelperChannel } from "./helper-channel.ts";

/** What the gateway tells of itself. */
export interface GatewayStats {
  readonly requests: number;
  readonly refusals: number;
  readonly tokens: TokenCounts;
  /** Milliseconds since the epoch of the first request that a credential was injected into. */
  readonly firstInjectedAt: number | undefined;
  /** The engine is no more: nothing leaves. */
  readonly engine?: "gone";
  /** Count and head of the audit log, so that a cut tail shows. */
  readonly audit: { readonly count: number; readonly head: string };
}

export interface GatewayHandle extends AsyncDisposable {
  /** The per-bottle CA, PEM. */
  readonly caPem: string;
  /** A host name on port 443 that the policy lets through CONNECT, for the fronting probes. */
  readonly allowedAuthority: string | null;
  listen(path: string): Promise<void>;
  stats(): GatewayStats;
  /** Resolves when it must stop answering, as when its log cannot be written; never while all is well. */
  readonly failed: Promise<BottleError>;
}

/** A gateway that runs beside its bottle: started, and not told anything yet. Disposing ends it. */
export interface HostedGatewayHandle extends AsyncDisposable {
  /** The helper's channel, which goes through it. */
  readonly control: Duplex;
  /** It is out of reach now, and looked for; the bottle goes on. */
  readonly cutOff: boolean;
  /** Resolves when it is gone for good, and with it the bottle's only peer; never while there is hope. */
  readonly lost: Promise<BottleError>;
}

export interface CanariesHandle extends AsyncDisposable {
  /** `network`: the bottle's. */
  targets(network?: ProbeTargets["network"]): ProbeTargets;
  /** The verdict over what the probes observed and the canaries heard. `hostKernel`: of the bottle, where it has one. */
  judge(
    results: readonly ProbeResult[],
    hostKernel?: string,
  ): Promise<{ readonly ok: boolean; readonly probes: readonly ProbeVerdict[] }>;
}

/** The agent's ports on 127.0.0.1 of this machine; callers are turned away until they are served. */
export interface PortsHandle extends Disposable {
  /** As the plan says, and with a number where it left one open. */
  readonly specs: readonly PortSpec[];
  /** `back`: where the helper brings connections back, a new path in the link directory or the gateway beside the bottle. */
  serve(helper: HelperChannel, back: string | HostedGatewayHandle): Promise<void>;
}

/** The supervisor's side of a private pseudo-terminal. */
export interface TerminalHandle {
  write(data: Buffer): void;
  onData(listener: (data: Buffer) => void): void;
  pause(): void;
  resume(): void;
  resize(columns: number, rows: number): void;
  close(): void;
  /** Resolves when no process holds the other side any more and everything was read. */
  readonly closed: Promise<void>;
}

/** One of this machine, whose other side goes into a bottle. */
export interface HostTerminalHandle extends TerminalHandle {
  readonly slaveFd: number;
  closeSlave(): void;
}

/** What stands on the agent's terminal, for clients that come later. */
export interface ScreenHandle {
  write(data: Buffer): Promise<void>;
  resize(columns: number, rows: number): void;
  replay(): Buffer;
}

/** The agent's output, written down. */
export interface TranscriptHandle {
  write(kind: "stdout" | "stderr", data: Buffer): Promise<void>;
  resize(columns: number, rows: number): void;
  close(): Promise<void>;
  readonly failed: Promise<BottleError>;
}

export interface RecordHandle {
  /** The bottle's folder, 0700. */
  readonly dir: string;
  /** Counts from 1; each resume is a run of its own. */
  readonly run: number;
  /** Of this bottle's placeholders, the same in every run: what an earlier one approved stays approved. */
  readonly seed: Buffer;
  /** Replaces `<name>.json` atomically. */
  write(
    name: "plan" | "proof" | "timing" | "receipt" | "state" | "workspace",
    value: object,
    /** As unless told: when it resolves, the text is on the disk. */
    durable?: boolean,
  ): Promise<void>;
}

export interface PreparedCredentials {
  /** What the agent may know. */
  readonly context: AgentContext["credentials"];
}

/** The owner's folder itself, for as long as a bottle works on it. */
export interface MountedWorkspaceHandle {
  readonly source: string;
  readonly points: readonly WorkspacePoint[];
  /** When every process of the bottle is dead: takes away what it planted, and writes down what it found. */
  close(): Promise<void>;
}

/** What canaries and probes aim at. */
export interface CanaryPlaces {
  /** Private, on the host; not bound into the bottle. */
  readonly runDir: string;
  /** Tests only: set to leave the neighbour boundary open. */
  readonly sharedDir: { readonly host: string; readonly inside: string } | undefined;
  readonly hiddenPaths: {
    readonly home: string;
    readonly record: string;
    readonly control: string;
  };
  readonly allowedAuthority: string | null;
  /** The workspace inside the bottle. */
  readonly workspace: string;
  /** Mounts that must be there, as they must be; paths inside. */
  readonly mounts: ProbeTargets["mounts"];
}

/** The connection to a bottle's place elsewhere. */
export interface PlaceHandle extends AsyncDisposable {
  /** Told since when it is cut, in milliseconds since the epoch, and null when it stands again. */
  onCut(listener: (since: number | null) => void): void;
  /** Somebody is here who would like it to stand. */
  hasten(): void;
  /** Resolves when nobody tries any more: the bottle cannot be reached. */
  readonly givenUp: Promise<BottleError>;
}

/** Where the agent could read a secret before it starts. */
export interface SearchPlaces {
  readonly pids: readonly number[];
  readonly files: readonly string[];
  /** The agent's environment and arguments to be. */
  readonly texts: readonly { readonly where: string; readonly text: string }[];
}

export interface SupervisorParts {
  now(): number;
  readonly backend: Backend;
  readonly provider: AgentProvider;
  /** Of a bottle elsewhere. */
  readonly place?: PlaceHandle;
  readonly uid: number;
  /** Clock ticks from boot to this process's start: with its pid, this process and no later one. */
  readonly ticks: number;
  /** A new record, or, where the order resumes a bottle, the one it has. */
  openRecord(order: LaunchOrder): Promise<RecordHandle>;
  /** Takes a record back in which nothing ever ran. */
  discardRecord(order: LaunchOrder, record: RecordHandle): Promise<void>;
  openTranscript(order: LaunchOrder, record: RecordHandle): Promise<TranscriptHandle>;
  /** Loaded when the first bytes come. */
  openScreen(size: { readonly columns: number; readonly rows: number }): ScreenHandle;
  /** Leaves out what would make a terminal act; one filter for each stream. */
  createFilter(): (data: Buffer) => Buffer;
  prepareCredentials(order: LaunchOrder, record: RecordHandle): PreparedCredentials;
  /** Starts the gateway of a bottle whose link is `network`, before the bottle. */
  hostGateway(order: LaunchOrder, end: Promise<unknown>): Promise<HostedGatewayHandle>;
  /** The gateway with its audit log in the record; the log is sealed when the gateway is disposed. */
  openGateway(
    order: LaunchOrder,
    credentials: PreparedCredentials,
    record: RecordHandle,
    hosted?: HostedGatewayHandle,
  ): Promise<GatewayHandle>;
  /** Names of the probes whose result holds as long as the bottle's processes do. */
  readonly lasting: ReadonlySet<string>;
  openCanaries(places: CanaryPlaces): Promise<CanariesHandle>;
  /** Ports of the bottle `id`; throws where one cannot be had. */
  openPorts(wanted: readonly PortSpec[], id: string): Promise<PortsHandle>;
  /** Names of secrets found in the given processes and files; searched from outside. */
  searchSecrets(
    order: LaunchOrder,
    where: SearchPlaces,
  ): Promise<readonly { readonly name: string; readonly where: string }[]>;
  /** Returns what the record keeps of it as `workspace.json`. */
  cloneWorkspace(options: {
    readonly source: string;
    readonly target: string;
    readonly owner: { readonly uid: number; readonly gid: number };
    readonly plan: WorkspacePlan;
    readonly recordDir: string;
    readonly home: string;
    /** Ends it before its time; what was copied is taken back. */
    readonly signal: AbortSignal;
  }): Promise<object>;
  /** For a plan whose workspace is the folder itself. */
  mountWorkspace(order: LaunchOrder, record: RecordHandle): Promise<MountedWorkspaceHandle>;
  /** Into a new home; `owner` where the files must be given to him. */
  plantForests(
    home: string,
    forests: readonly Forest[],
    owner: { readonly uid: number; readonly gid: number } | undefined,
  ): Promise<void>;
  /** Environment of every agent, whatever its provider. */
  commonEnvironment(
    context: AgentContext,
    terminal: LaunchOrder["terminal"],
  ): Readonly<Record<string, string>>;
  /** PEM text of the roots this system trusts. */
  systemRoots(): Promise<string>;
  openTerminal(
    size: { readonly columns: number; readonly rows: number },
    owner: { readonly uid: number; readonly gid: number },
  ): Promise<HostTerminalHandle>;
}
