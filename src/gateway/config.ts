/** What a gateway is told at its start: compiled data. It knows no manifest, no preset name, no backend. */
import type { HostRule } from "../manifest/manifest.ts";
import type { Fields } from "./http/fields.ts";
import type { RefusalAnswer } from "./refusal.ts";

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

/** A request as a judge sees it. */
export interface JudgedRequest {
  readonly method: string;
  /** As it goes to the upstream, without query. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly fields: Fields;
}

/** What a judge found. */
export type Verdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** For the audit log only. */
      readonly reason?: string;
      /** Instead of the JSON: what the client of this protocol shows to its user. `x-claude-bottle` is added. */
      readonly answer?: RefusalAnswer;
    };

/** What a judge may do beside reading. */
export interface JudgeContext {
  readonly ask: Ask;
  /** The name of what may not leave, if the data holds it; for a judge that `searches`, also of tokens and in what is compressed. */
  readonly find: (data: Buffer) => string | undefined;
}

/** Asks the same authority with the credential: one request, one bounded answer, no redirects. Rejects with an `Error`. */
export type Ask = (question: Question) => Promise<Answered>;

export interface Question {
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
  /** Bytes of the answer's body; a longer one is an error. */
  readonly limit: number;
}

export interface Answered {
  readonly status: number;
  readonly fields: Fields;
  readonly body: Buffer;
}

/** Reads the whole bodies of some requests before the dial. */
export interface BodyJudge {
  /** `path` in comparable form. */
  covers(method: string, path: string): boolean;
  /** `json`: in UTF-8 and not encoded, or refused; `any`: the judge looks at type and encoding itself. */
  readonly media: "json" | "any";
  /** Bytes; a longer body is refused. Absent: the bound for held bodies. */
  readonly limit?: number;
  /** It searches all that it reads by `find`, since the body packs it in a way of its own; nobody else searches the body. */
  readonly searches?: true;
  judge(
    request: JudgedRequest & { readonly body: Buffer },
    context: JudgeContext,
  ): Verdict | Promise<Verdict>;
}

/** Changes some answers (status 200) before the bottle sees them; what it throws makes the answer unreadable. */
export interface AnswerRewrite {
  /** `path` in comparable form, `query` with its `?`. */
  covers(method: string, path: string, query: string): boolean;
  /** Bytes; a longer answer is refused. */
  readonly limit: number;
  rewrite(body: Buffer, fields: Fields): Buffer;
}

/** In whose words a refusal is written: those that the clients of the service show to their user. */
export type Dialect = "anthropic" | "gemini" | "message" | "npm" | "openai" | "plain";

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
  /**
   * What the agent must present in one of `strip`, alone, after a scheme word (`Bearer `) or as a half of Basic, or in the
   * parameter `query`.
   */
  readonly placeholder: string;
  /** A query parameter that carries the secret: the agent's own of this name goes, this one comes. */
  readonly query?: { readonly name: string; readonly value: string };
  /** Looks at the head of each request that the rules cover, before its body is read. */
  readonly judgeHead?: (request: JudgedRequest) => Verdict;
  /** The first that covers a request reads its body. */
  readonly judges?: readonly BodyJudge[];
  readonly rewrites?: readonly AnswerRewrite[];
  /** Paths hold names of npm's scopes: in `/@scope%2fname` the `%2f` is the slash that it stands for. */
  readonly scopedNames?: true;
  /**
   * The agent's own model: all that the agent sees goes there, so the owner's visible `env` values may too. Otherwise an
   * agent that once ran `env` could ask no further question. Secrets and placeholders of other credentials stay refused.
   */
  readonly readsConversation?: boolean;
  /** Requests that the rules cover may ask for a WebSocket. Absent: they are answered with 426. */
  readonly upgrades?: boolean;
  /** Tokens of other services may be in what is sent there. */
  readonly patterns?: "off";
  /** Refusal body for this service's clients. */
  readonly dialect: Dialect;
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

/** What an engine is asked about: a request's URL, or a piece of the text of its body. */
export type EngineQuestion =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "text"; readonly text: string };

export type EngineVerdict =
  | { readonly allowed: true }
  /** What it found, in its words: for the audit log only. */
  | { readonly allowed: false; readonly finding: string };

/** Another program that has a say in requests: asked when all of ours allows one, and before a credential is in it. */
export interface Engine {
  /** For refusals and the audit log. */
  readonly name: string;
  /** Rejects, in bounded time, where there is no verdict: nothing leaves then. */
  ask(question: EngineQuestion): Promise<EngineVerdict>;
  /** Bytes that it takes at once. */
  readonly limits: { readonly url: number; readonly text: number };
  /** Whether it also reads what the agent says to its own model. */
  readonly readsConversation: boolean;
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
  /** PEM lists of revoked certificates; absent: none. */
  readonly crl?: readonly string[];
  /** Null: upstreams are dialled directly. */
  readonly upstreamProxy: UpstreamProxy | null;
  /** Absent: nobody else has a say. */
  readonly engine?: Engine;
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
