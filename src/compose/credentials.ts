/** Placeholders and compiled credentials of one bottle. */
import { randomBytes } from "node:crypto";
import { compileCredential, newPlaceholder, secretKind } from "../credentials/compile.ts";
import type { Credential } from "../gateway/config.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { PreparedCredentials } from "../lifecycle/supervisor/deps.ts";

/** With what only the gateway may know. */
export interface GatewayCredentials extends PreparedCredentials {
  readonly compiled: readonly Credential[];
}

/** Throws for a secret that cannot serve its credential. */
export function prepareCredentials(order: LaunchOrder): GatewayCredentials {
  const prepared = order.plan.credentials.map((spec, index) => {
    const secret = order.secrets[index] ?? "";
    const kind = secretKind(secret, spec);
    const credential = compileCredential(spec, secret, newPlaceholder(kind, randomBytes));
    return { kind, credential };
  });
  return {
    compiled: prepared.map(({ credential }) => credential),
    context: prepared.map(({ kind, credential }) => ({
      name: credential.name,
      kind,
      placeholder: credential.placeholder,
      routePrefix: credential.route?.prefix,
    })),
  };
}
