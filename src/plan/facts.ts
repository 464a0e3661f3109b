/** What a plan needs to know about this host and this call; gathered outside, so that resolving stays pure. */
import type { LinkName, RungName } from "../manifest/manifest.ts";
import type { Instead, LimitPlan } from "./plan.ts";

/** What a backend's probe said about one rung. */
export interface RungFact {
  readonly rung: RungName;
  readonly availability:
    | { readonly available: true; readonly detail: string }
    | {
        readonly available: false;
        readonly reason: string;
        readonly remedy: string;
        readonly instead?: Instead;
      };
  /** The link that this is about; a socket where nobody says. */
  readonly link?: LinkName;
  /** Why it is that link and not the rung's own. */
  readonly linkReason?: string;
  /** Its bottles have a user namespace, and are made for that. */
  readonly ownUsers?: boolean;
  /** The rung runs, but on emulated hardware: `auto` passes it by. */
  readonly emulated?: boolean | "unknown";
  /** The rung makes bottles from images. */
  readonly images?: boolean;
  /** Its machine shares no files with this one: they are carried there and back. */
  readonly carried?: boolean;
  /** How the rung holds limits here; the plan puts the bottle's own values in. */
  readonly limits?: readonly LimitPlan[];
}

/** What a place elsewhere has said of itself. */
export interface PlaceFact {
  readonly user: string;
  readonly machine: string;
  readonly clockAhead: number;
}

export interface HostFacts {
  /** Absent for this machine. */
  readonly place?: PlaceFact;
  /** What was found out about rungs: of the default one always, of others where the start could take them. */
  readonly rungs: readonly RungFact[];
  /** Every rung that this version has a backend for; one that is not in `rungs` was not looked at. */
  readonly built: readonly RungName[];
  /** `source`: real path (symbolic links resolved) of the folder to copy. */
  readonly workspace: { readonly source: string; readonly git: boolean };
  /** Real path of the owner's home: it, or what holds it, is never copied into a bottle. */
  readonly home: string;
}

export interface PlanRequest {
  /** Default: the only agent of the manifest. */
  readonly agent?: string | undefined;
  /** Instead of the agent's own; null: none. */
  readonly prompt?: string | null | undefined;
  readonly headless: boolean;
  /** A rung's name or `auto`, instead of the bottle's; the bottle's minimum holds all the same. */
  readonly rung?: string | undefined;
  /** `rung` is the one that the bottle was started on, and it goes on. */
  readonly resumes?: boolean;
  /** Instead of the bottle's. */
  readonly place?: string | undefined;
  /** A link's name, instead of the bottle's. */
  readonly link?: string | undefined;
  /** Arguments after `--`. */
  readonly args: readonly string[];
  /** Makes the bottle's id from the agent's name. */
  readonly newId: (agent: string) => string;
}
