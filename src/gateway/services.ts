/** What every connection of one gateway shares. */
import type { SecureContext } from "node:tls";
import type { AuditLog } from "./audit-log.ts";
import type { EngineDesk } from "./engine/desk.ts";
import type { HoldBudget } from "./hold.ts";
import type { LastingConnections } from "./lasting.ts";
import type { Limits } from "./limits.ts";
import type { Paces } from "./pace.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Scanner } from "./scan.ts";
import type { TokenCounts } from "./tokens.ts";
import type { Ticker } from "./ticker.ts";
import type { Turns } from "./turns.ts";
import type { Opener } from "./upstream/opener.ts";
import type { Pool } from "./upstream/pool.ts";

/** Counts since the start. */
export interface Counts {
  requests: number;
  refusals: number;
  active: number;
  firstRequestAt: number | undefined;
  firstInjectedAt: number | undefined;
  readonly tokens: TokenCounts;
}

export interface Services {
  now(): number;
  readonly limits: Limits;
  readonly ticker: Ticker;
  readonly budget: HoldBudget;
  readonly paces: Paces;
  /** Undefined where nobody else has a say. */
  readonly engine: EngineDesk | undefined;
  /** For streams of HTTP/2, one each. */
  readonly streams: HoldBudget;
  /** Of the rules that are in force: what was judged keeps its permit, what comes next asks again. */
  readonly pipeline: Pipeline;
  readonly opener: Opener;
  readonly pool: Pool;
  readonly log: AuditLog;
  readonly counts: Counts;
  /** Tunnels and whatever else outlives one judgement must be in it, to be ended when its authority is removed. */
  readonly lasting: LastingConnections;
  /** Finds any value that is held, wherever it was going. */
  readonly everything: Scanner;
  /** Throws for a host the bottle's certificate authority does not speak for. */
  contextFor(host: string): SecureContext;
  /** An upstream chose HTTP/2 when an earlier request was allowed; `key` from `authorityKey`. */
  speaksH2(key: string): boolean;
  /** Whether `contextFor` has one already, and so takes no time. */
  knowsContext(host: string): boolean;
  /** For what takes time: the making of certificates. */
  readonly turns: Turns;
  /** Tests only: SNI and Host may differ from CONNECT. */
  readonly anyName: boolean;
}
