/** What a gateway is told at its start: compiled data. It knows no manifest, no preset name, no backend. */
import type { HostRule } from "../manifest/manifest.ts";

/** One canonical authority; `host` is lower-case ASCII without trailing dot, IPv6 without brackets. */
export interface Authority {
  readonly scheme: "https" | "http";
  readonly host: string;
  readonly port: number;
}

/** Methods and paths; absent means any. */
export interface RequestRule {
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
}

/** The answer of a judge that read a whole request body. */
export type BodyVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string };

/**
 * A secret bound to authorities, with rules for what it may be used for (DESIGN section 5).
 * A request to a bound authority that no rule covers is refused, even if egress rules allow the host.
 */
export interface Credential {
  /** For plan, audit and refusals, e.g. `anthropic`. */
  readonly name: string;
  readonly authorities: readonly Authority[];
  readonly rules: readonly RequestRule[];
  /** Lower-case names of every header in which the agent may carry the placeholder; all are removed before injection. */
  readonly strip: readonly string[];
  /** Exactly these headers are set. Values hold the secret. */
  readonly set: readonly { readonly name: string; readonly value: string }[];
  /** The secret itself, for scrubbing answers and for refusing it in requests. */
  readonly secret: string;
  /** What the agent must present in one of `strip`, alone or after a scheme word (`Bearer `). */
  readonly placeholder: string;
  /** Reads the whole body (bounded by `maxJudgedBody`) before the dial. */
  readonly judge?: (body: Buffer, path: string) => BodyVerdict;
  /**
   * The agent's own model: all that the agent sees goes there, so the owner's visible `env` values may too. Otherwise an
   * agent that once ran `env` could ask no further question. Secrets and placeholders of other credentials stay refused.
   */
  readonly readsConversation?: boolean;
  /** Refusal body for this service's clients. */
  readonly dialect: "anthropic" | "plain";
  /** A path prefix of the route door that leads here, e.g. `/anthropic`, with the upstream path prefix it stands for. */
  readonly route?: {
    readonly prefix: string;
    readonly authority: Authority;
    readonly basePath: string;
  };
}

/** The owner's own proxy on the way out: every upstream is reached through it, by name, or not at all. */
export interface UpstreamProxy {
  /** `http://host[:port]` or `https://host[:port]`. */
  readonly url: string;
  /** PEM certificates trusted for the proxy itself, beside those for upstreams. */
  readonly ca: string | null;
  /** The whole `Proxy-Authorization` value: `Basic …` (RFC 7617). */
  readonly authorization: string | null;
}

export interface GatewayConfig {
  readonly id: string;
  readonly allow: readonly HostRule[];
  readonly deny: readonly HostRule[];
  readonly credentials: readonly Credential[];
  /** Values that may leave in no request (the owner's visible `env` values and planted canaries). */
  readonly blockedValues: readonly { readonly name: string; readonly value: string }[];
  /** PEM certificates trusted for upstreams, beside Node's own roots. */
  readonly extraCa: readonly string[];
  /** Null: upstreams are dialled directly. */
  readonly upstreamProxy: UpstreamProxy | null;
  /** Tests only. */
  readonly breakBoundary: string | undefined;
}

/** One line of the audit log before it is chained. Never a secret, placeholder or body. */
export interface AuditEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event:
    | "request"
    | "refused"
    | "connect"
    | "upgrade"
    | "error"
    | "start"
    | "stop"
    | "note";
  readonly door?: "route" | "proxy";
  readonly authority?: string;
  readonly method?: string;
  /** Escaped, capped, query values hashed. */
  readonly path?: string;
  readonly status?: number;
  /** Refusal code, e.g. `host-not-allowed`. */
  readonly code?: string;
  /** For the owner only. */
  readonly reason?: string;
  readonly credential?: string;
  readonly sent?: number;
  readonly received?: number;
  readonly ms?: number;
}
