/** What client and supervisor say to each other in message frames (frames.ts). Streams travel in frames of their own. */
import type { BottleErrorDetail, Place } from "../errors/error.ts";
import type { PortSpec } from "../manifest/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import type { BroughtFiles, InstalledAgent } from "./agent.ts";

/** Where things are on this host; all absolute. */
export interface HostPaths {
  /** `$XDG_STATE_HOME` or its default. */
  readonly stateHome: string;
  /** Short, private parent of all per-bottle socket directories. */
  readonly runHome: string;
  /** `$XDG_CACHE_HOME/claude-bottle`. */
  readonly cacheDir: string;
  /** The bundled helper. */
  readonly helper: string;
  /** The user's home, hidden from every bottle. */
  readonly home: string;
}

/** What of this host is shared with a bottle beside its workspace: found and checked before the owner is asked. */
export interface Furniture {
  /** Read-only. `identity`: device, inode and birth of what was checked. */
  readonly mounts: readonly {
    readonly source: string;
    readonly target: string;
    readonly identity: string;
  }[];
  /** Files below `target`, a mount of these, that the home has links to, or copies of, at `home`. */
  readonly forests: readonly Forest[];
  /** Variables of the bottle; those of the manifest win. */
  readonly env: Readonly<Record<string, string>>;
  /** By their path in the home. */
  readonly seeds: readonly { readonly path: string; readonly content: string }[];
  /** Null: the agent commits in its own name. */
  readonly author: { readonly name: string; readonly email: string } | null;
  readonly brought: BroughtFiles | null;
}

/** A cache that its program must be able to add to, while what is in it stays read-only and of this host. */
export interface Forest {
  /** Host folder, mounted at `target`. */
  readonly source: string;
  readonly target: string;
  /** In the agent's home. */
  readonly home: string;
  /** Folders below `source` whose files become links, and those whose files are copied because the program appends to them. */
  readonly linked: readonly string[];
  readonly copied: readonly string[];
}

/** Everything a supervisor is told, once, over a pipe: secrets are in no argument and no environment. */
export interface LaunchOrder {
  readonly type: "launch";
  readonly plan: Plan;
  /** One value per `plan.credentials`, in its order. */
  readonly secrets: readonly string[];
  /** The environment in which sources of secrets that are programs are asked anew while the bottle runs; null where there are none. */
  readonly sourceEnv: Readonly<Record<string, string>> | null;
  /** The value of `plan.upstreamProxy.auth`: `user:password`. */
  readonly proxyAuth: string | null;
  /** The bottle's `env`, resolved; visible to the agent. */
  readonly env: Readonly<Record<string, string>>;
  readonly agent: InstalledAgent;
  /** The image that is ready for this bottle, as its backend names it; null where the system is the host's. */
  readonly image: string | null;
  /** Variables of the owner's that say where a backend's daemon is. */
  readonly backendEnv: Readonly<Record<string, string>>;
  readonly furniture: Furniture;
  readonly paths: HostPaths;
  /** The client's terminal, or null for pipes. */
  readonly terminal: {
    readonly columns: number;
    readonly rows: number;
    readonly term: string;
  } | null;
  /** PEM files trusted for upstreams beside the system's roots. */
  readonly extraCaFiles: readonly string[];
  /** Milliseconds since the epoch at which the user's command started. */
  readonly startedAt: number;
  /** Phases measured before the supervisor, milliseconds since `startedAt`. */
  readonly phases: Readonly<Record<string, number>>;
  /** For a prepared bottle: the fingerprint of the boundary that it must have; answered by `claimed`. Null for a new one. */
  readonly claim: string | null;
  /** The bottle had a supervisor before: its workspace, home and conversation are in the record and go on. */
  readonly resume: boolean;
  /** Tests only. */
  readonly breakBoundary: string | undefined;
  /** Tests only (supervisor/pause.ts): where the supervisor waits until the marker, a file that it makes, is gone. */
  readonly pause: { readonly step: string; readonly marker: string } | undefined;
}

/**
 * Makes a bottle ready that has no policy, no secret and no workspace yet. Its plan tells the boundary (rung, limits, mounts) and
 * nothing else of it counts; the launch order of whoever claims it brings the rest.
 */
export interface PrepareOrder extends Omit<LaunchOrder, "type"> {
  readonly type: "prepare";
  /** Of the boundary: only an order for the very same one may claim it. */
  readonly fingerprint: string;
}

export type ClientMessage =
  | LaunchOrder
  | PrepareOrder
  | AttachRequest
  /** Asks how the bottle is; answered by one `status`. */
  | { readonly type: "status" }
  | { readonly type: "resize"; readonly columns: number; readonly rows: number }
  | { readonly type: "signal"; readonly signal: NodeJS.Signals }
  | { readonly type: "stdin-end" }
  /** The record shall have what is on the bottle's machine; answered by one `synced`. */
  | { readonly type: "sync" }
  | { readonly type: "stop" }
  | {
      readonly type: "exec";
      readonly exec: number;
      readonly argv: readonly string[];
      readonly input: string;
    };

/** From now on this client gets the agent's output, after what stands on the screen; answered by `attached`. */
export interface AttachRequest {
  readonly type: "attach";
  /** Wants to type as well; one client at a time does. */
  readonly typing: boolean;
  /** Takes typing away from whoever has it. */
  readonly take: boolean;
  /** The client's terminal; the agent's takes its size if this client types. */
  readonly size: { readonly columns: number; readonly rows: number } | null;
}

/** Tokens that the models' answers told of. */
export interface TokenCounts {
  readonly input: number;
  readonly output: number;
  /** Input that was read from, or written to, the model's cache; not part of `input`. */
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** How a living bottle is. */
export interface BottleStatus {
  readonly state: "starting" | "prepared" | "running" | "ending";
  readonly requests: number;
  readonly refusals: number;
  readonly tokens: TokenCounts | null;
  /** Clients that are attached, the typing one included. */
  readonly attached: number;
  readonly typing: boolean;
  /** The gateway beside it is out of reach, and looked for; the agent works on. */
  readonly cutOff: boolean;
  /** Its engine is no more: nothing leaves. */
  readonly engine?: "gone";
}

export interface ProbeVerdict {
  readonly name: string;
  readonly boundary: string;
  readonly ok: boolean;
  readonly observed: string;
  readonly expected: string;
}

export type SupervisorMessage =
  | {
      readonly type: "proof";
      readonly ok: boolean;
      readonly ms: number;
      readonly probes: readonly ProbeVerdict[];
    }
  /** The bottle waits to be claimed. */
  | { readonly type: "prepared" }
  | { readonly type: "claimed"; readonly ok: boolean }
  /** `ports`: as the plan says, and with a number where it left one open. */
  | { readonly type: "started"; readonly ports: readonly PortSpec[] }
  | {
      readonly type: "attached";
      /** This client types; false: it watches. */
      readonly typing: boolean;
      /** The agent has a terminal. */
      readonly terminal: boolean;
      readonly state: BottleStatus["state"];
    }
  /** Another client types now. */
  | { readonly type: "typing"; readonly typing: boolean }
  /** Elsewhere: since when the connection is cut, in milliseconds since the epoch, or null when it stands again. */
  | { readonly type: "cut"; readonly since: number | null }
  | ({ readonly type: "status" } & BottleStatus)
  | { readonly type: "synced"; readonly error: WireError | undefined }
  /** Bytes of this client's input that the agent has read. */
  | { readonly type: "input-taken"; readonly bytes: number }
  | {
      readonly type: "exec-exited";
      readonly exec: number;
      readonly code: number | null;
      /** Base64, as JSON could make six bytes of one and burst the frame. */
      readonly stdout: string;
      readonly stderr: string;
    }
  | {
      readonly type: "exited";
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    }
  /** `unwritten`: why the record does not say how the run ended. */
  | { readonly type: "done"; readonly record: string; readonly unwritten: WireError | undefined }
  | { readonly type: "failed"; readonly error: WireError };

/** A `BottleError` as data. */
export interface WireError {
  readonly code: BottleErrorDetail["code"];
  readonly what: string;
  readonly why: string | undefined;
  readonly next: string | undefined;
  readonly place: Place | undefined;
}
