/** What a supervisor and its bottle's hosted gateway say to each other, numbered (src/wire); streams have messages of their own. */
import type { BottleErrorDetail } from "../../errors/error.ts";
import type {
  AuditEvent,
  Engine,
  EngineQuestion,
  EngineVerdict,
  GatewayConfig,
} from "../../gateway/config.ts";
import type { KeptAuthority } from "../../gateway/tls/authority.ts";
import type { CredentialSpec } from "../../manifest/manifest.ts";
import type { GatewayStats } from "../../lifecycle/supervisor/deps.ts";

/** Number of the stream that is the helper's channel; ways back have others. */
export const channelStream = 0;

/** All that a gateway is made of. Credentials hold functions: they are compiled where they serve, to the same placeholders. */
export interface Material {
  readonly config: Omit<GatewayConfig, "credentials" | "engine">;
  /** It runs beside the supervisor, and is asked over this wire. */
  readonly engine?: Pick<Engine, "name" | "readsConversation">;
  readonly credentials: readonly CredentialSpec[];
  readonly secrets: readonly string[];
  /** Base64. */
  readonly seed: string;
  readonly authority: KeptAuthority;
}

export type ToProgram =
  /** Once; answered by `opened` or `failed`. */
  | { readonly type: "open"; readonly material: Material }
  /** Answered by `failed` where they cannot be put in force. */
  | { readonly type: "secrets"; readonly secrets: readonly string[]; readonly why: string }
  /** Whoever brings this key, once and soon, is that stream: answered by `came` or `missed`. */
  | { readonly type: "expect"; readonly stream: number; readonly key: string }
  | { readonly type: "forget"; readonly stream: number }
  /** Of a question that was asked; null: there is none, and why. */
  | {
      readonly type: "verdict";
      readonly id: number;
      readonly verdict: EngineVerdict | null;
      readonly why: string;
    }
  /** Answered by `closed`, the last word. */
  | { readonly type: "close" };

export type FromProgram =
  /** `at`: its clock, milliseconds since the epoch. */
  | { readonly type: "opened"; readonly at: number }
  | { readonly type: "failed"; readonly error: WireFault }
  /** The old secrets stay in force. */
  | { readonly type: "not-replaced"; readonly why: string }
  | { readonly type: "audit"; readonly event: AuditEvent }
  | { readonly type: "stats"; readonly stats: Omit<GatewayStats, "audit"> }
  /** To the engine; answered by `verdict`. */
  | { readonly type: "ask"; readonly id: number; readonly question: EngineQuestion }
  | { readonly type: "came"; readonly stream: number }
  | { readonly type: "missed"; readonly stream: number }
  | { readonly type: "closed" };

/** Of a `BottleError`. */
export type WireFault = Pick<BottleErrorDetail, "code" | "what" | "why" | "next">;
