/** The checked manifest as data: what the user wrote, with every default filled in. Format: DESIGN section 7. */
import type { CredentialSpec, SecretRef } from "./credential-specs.ts";

export type RungName = "namespace" | "runc" | "gvisor" | "kata" | "qemu" | "firecracker" | "apple";

/** One allowed (or denied) set of hosts. */
export interface HostRule {
  /** Lower-case ASCII name, `*.name` (any depth below, not the apex), an IPv4 address or a bracketless IPv6 address. */
  readonly host: string;
  /** Ports; default `[443]` (`[80]` for plain http). In a deny rule an empty list means every port. */
  readonly ports: readonly number[];
  /** `https` (default) or plain `http`; a deny rule holds for both. */
  readonly scheme: "https" | "http";
  /** Upper-case methods; absent means any. */
  readonly methods?: readonly string[];
  /** Path globs: `*` within a segment, `**` across segments; absent means any. */
  readonly paths?: readonly string[];
  /** It speaks HTTP/2: offered to the agent, and to it. */
  readonly h2?: boolean;
  /** Its TLS is not ended by the gateway. */
  readonly tunnel?: boolean;
  /** The agent may bring credentials of its own; absent means it may not. */
  readonly foreignCredentials?: "allow";
  /** What looks like a token of some service may be in requests; absent means that it is refused. */
  readonly patterns?: "off";
  /** Bodies in an encoding that the gateway cannot read may go out; absent means that they are refused. */
  readonly encodings?: "any";
}

export type {
  AnthropicCredential,
  BasicCredential,
  CredentialSpec,
  GeminiCredential,
  GitCredential,
  GiteaCredential,
  GiteaWord,
  GithubCredential,
  GithubWord,
  GitUse,
  HeaderCredential,
  HostBound,
  OpenaiCredential,
  QueryCredential,
  RegistryCredential,
  SecretRef,
  SecretSource,
} from "./credential-specs.ts";

export type ProviderName = "claude" | "codex" | "gemini" | "shell";

/** One value of `env`: all of it is visible to the agent. */
export type EnvSpec =
  | { readonly kind: "literal"; readonly name: string; readonly value: string }
  | { readonly kind: "host"; readonly name: string; readonly variable: string }
  | { readonly kind: "ask"; readonly name: string; readonly question: string };

export interface Resources {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly pids: number;
  /** Bytes; caps /tmp and the home. */
  readonly disk: number;
}

/** How the agent gets the workspace, and what of it. */
export interface WorkspaceSpec {
  /** A private copy, or the folder itself. */
  readonly mode: "clone" | "mount";
  /** clone: whose history is copied. `all`: branches, tags and remote branches; `current`: the checked-out branch; else globs of names. */
  readonly refs: "all" | "current" | readonly string[];
  /** clone: which git-ignored files are carried; globs of paths. */
  readonly ignored: "none" | "all" | readonly string[];
  /** clone: globs of secret-looking files that are carried as they are. */
  readonly reveal: readonly string[];
  /** mount: globs of paths that are read-only beside those that always are. */
  readonly protect: readonly string[];
}

/** A folder or file of the host that the agent may read. */
export interface MountSpec {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
}

export type CacheName = "npm" | "pip" | "go" | "cargo" | "maven" | "gradle";

/** `127.0.0.1:host` of this machine is `127.0.0.1:inside` of the bottle. */
export interface PortSpec {
  /** 0: any free one. */
  readonly host: number;
  readonly inside: number;
}

/** The author of commits made inside. */
export type GitIdentity =
  | { readonly kind: "none" }
  | { readonly kind: "host" }
  | { readonly kind: "named"; readonly name: string; readonly email: string };

/** A proxy through which the gateway itself must go. */
export interface UpstreamProxySpec {
  /** `scheme://host:port`. */
  readonly url: string;
  /** Absolute path of a PEM file trusted beside the system's roots. */
  readonly ca: string | null;
  /** Holds `user:password`. */
  readonly auth: SecretRef | null;
}

/** Another program that has a say in what leaves. */
export interface EngineSpec {
  readonly name: "pipelock";
  /** Asked before a credential is in a request; or the proxy through which the gateway goes. */
  readonly as: "verdict" | "last-hop";
  /** Absolute path; null: wherever it is found. */
  readonly program: string | null;
  /** What the agent says to its own model. */
  readonly conversation: "unread" | "read";
  /** Bits for each character of a part of a URL. */
  readonly entropy: number;
}

/** A part of the owner's Claude Code set-up. */
export type BringName = "memory" | "settings" | "commands" | "agents" | "mcp";

/** What a bottle's system is made of. */
export type ImageSpec =
  | { readonly kind: "default" }
  /** As docker names it; pulled where it is not there. */
  | { readonly kind: "reference"; readonly name: string }
  | {
      readonly kind: "build";
      /** Absolute path of a Dockerfile. */
      readonly file: string;
      /** Of the content that was trusted; null where the owner's own manifest names it. */
      readonly sha256: string | null;
    };

/** How a bottle reaches its gateway, where the manifest has a say. */
export type LinkName = "socket" | "network" | "loopback";

export interface BottleSpec {
  readonly name: string;
  /** From a project's manifest that the owner trusts; absent for the owner's own. */
  readonly project?: "trusted";
  readonly image: ImageSpec;
  readonly rung: RungName | "auto";
  readonly minimumRung: RungName;
  /** Absent: the rung's own. */
  readonly link?: LinkName;
  /** `local`, or `ssh://…`. */
  readonly place: string;
  /** Seconds that an agent elsewhere goes on without its owner. */
  readonly ttl: number;
  readonly workspace: WorkspaceSpec;
  readonly resources: Resources;
  readonly env: readonly EnvSpec[];
  readonly allow: readonly HostRule[];
  readonly deny: readonly HostRule[];
  /** Absolute paths of PEM files of revoked certificates. */
  readonly crl: readonly string[];
  readonly credentials: readonly CredentialSpec[];
  readonly mounts: readonly MountSpec[];
  readonly caches: readonly CacheName[];
  readonly ports: readonly PortSpec[];
  readonly git: GitIdentity;
  readonly upstreamProxy: UpstreamProxySpec | null;
  /** Absent: the gateway alone judges. */
  readonly engine?: EngineSpec;
  /** A project file that nobody trusted may define agents in this bottle. */
  readonly projectAgents: boolean;
}

export interface AgentSpec {
  readonly name: string;
  /** From a project's manifest; absent for the owner's own. */
  readonly project?: "trusted" | "untrusted";
  readonly bottle: string;
  readonly provider: ProviderName;
  readonly prompt?: string;
  readonly env: readonly EnvSpec[];
  /** Folders below ~/.claude/skills. */
  readonly skills: readonly string[];
  readonly bring: readonly BringName[];
}

export interface Manifest {
  readonly version: 1;
  /** Absolute path of the file it came from. */
  readonly file: string;
  readonly bottles: ReadonlyMap<string, BottleSpec>;
  readonly agents: ReadonlyMap<string, AgentSpec>;
  /** Remarks for the owner that are no errors, e.g. that a project file was ignored. */
  readonly hints: readonly string[];
  /** Absolute path of the project's manifest, where something of it counts. */
  readonly project?: string;
}
