/** The plan: manifest + facts about this host, resolved. Pure JSON-safe data, printable, without any secret value. */
import type {
  BringName,
  CacheName,
  CredentialSpec,
  EngineSpec,
  EnvSpec,
  GitIdentity,
  HostRule,
  ImageSpec,
  LinkName,
  MountSpec,
  PortSpec,
  RungName,
  UpstreamProxySpec,
  WorkspaceSpec,
  ProviderName,
} from "../manifest/manifest.ts";

export interface LimitPlan {
  readonly name: "cpus" | "memory" | "pids" | "disk";
  /** cpus: cores; memory and disk: bytes; pids: processes. */
  readonly value: number;
  readonly enforced: boolean;
  /** How it is enforced, or why it is not. */
  readonly how: string;
}

/** The way that is left on a rung where nothing of this machine can be bound: that link, and files that are carried. */
export interface Instead {
  readonly link: LinkName;
  /** A bottle there has a user namespace: the backend must be made for that. */
  readonly ownUsers: boolean;
}

export interface RungChoice {
  readonly chosen: RungName;
  readonly reason: string;
  /** Every stronger rung and why it was not taken. */
  readonly stronger: readonly { readonly rung: RungName; readonly reason: string }[];
}

export interface RemotePlan {
  /** Who the owner is there. */
  readonly user: string;
  /** `Linux x86_64` */
  readonly machine: string;
  /** Seconds that its clock is ahead of this machine's. */
  readonly clockAhead: number;
  /** Seconds that the agent goes on when the connection is cut and nobody comes back. */
  readonly ttl: number;
}

export interface WorkspacePlan extends WorkspaceSpec {
  /** Absolute path on the host that is copied, or mounted. */
  readonly source: string;
  readonly git: boolean;
  /** Where it is inside; absent: `/work/` and the folder's own name. A bottle that is resumed finds it where it was. */
  readonly target?: string;
}

export interface Plan {
  readonly version: 1;
  /** `<agent>-<5 base36>`. */
  readonly id: string;
  readonly manifest: string;
  readonly agent: {
    readonly name: string;
    /** From a project's manifest; absent for the owner's own. */
    readonly project?: "trusted" | "untrusted";
    readonly provider: ProviderName;
    readonly prompt: string | null;
    readonly skills: readonly string[];
    readonly bring: readonly BringName[];
  };
  readonly headless: boolean;
  readonly bottle: string;
  /** `local`, or `ssh://…`. */
  readonly place: string;
  /** What is known of a place elsewhere. */
  readonly remote?: RemotePlan;
  readonly image: ImageSpec;
  readonly rung: RungChoice;
  readonly link: LinkName;
  /** Why it is not the rung's own, where nobody asked for another. */
  readonly linkReason?: string;
  /** The daemon of this machine gives bottles a user namespace: their files are carried there and back. */
  readonly ownUsers?: boolean;
  readonly workspace: WorkspacePlan;
  /** Visible to the agent. `host` and `ask` values are read at launch and never part of the plan. */
  readonly env: readonly EnvSpec[];
  readonly egress: {
    readonly allow: readonly HostRule[];
    readonly deny: readonly HostRule[];
    /** Absolute paths of revocation lists. */
    readonly crl: readonly string[];
  };
  readonly credentials: readonly CredentialSpec[];
  readonly mounts: readonly MountSpec[];
  readonly caches: readonly CacheName[];
  readonly ports: readonly PortSpec[];
  readonly git: GitIdentity;
  readonly upstreamProxy: UpstreamProxySpec | null;
  /** Absent: the gateway alone judges. */
  readonly engine?: EngineSpec;
  readonly limits: readonly LimitPlan[];
  readonly hints: readonly string[];
  /** Arguments after `--`, handed to the agent untouched. */
  readonly agentArgs: readonly string[];
}
