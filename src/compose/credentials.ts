/** Placeholders and compiled credentials of one bottle. */
import { createHmac } from "node:crypto";
import { compileCredential, insideOf, newPlaceholder, secretKind } from "../credentials/compile.ts";
import type { SecretKind } from "../credentials/compile.ts";
import type { Credential } from "../gateway/config.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { PreparedCredentials, RecordHandle } from "../lifecycle/supervisor/deps.ts";
import type { CredentialSpec } from "../manifest/manifest.ts";

/** With what only the gateway may know. */
export interface GatewayCredentials extends PreparedCredentials {
  readonly compiled: readonly Credential[];
  /** By what `compiled` is called: which of the plan's credentials it is of. */
  readonly origin: ReadonlyMap<string, number>;
}

/** What they are made of: the same gives the same, wherever it is done. */
export interface CredentialSource {
  readonly plan: Pick<LaunchOrder["plan"], "credentials">;
  readonly secrets: readonly string[];
}

/** Throws for a secret that cannot serve its credential. */
export function prepareCredentials(
  order: CredentialSource,
  { seed }: Pick<RecordHandle, "seed">,
): GatewayCredentials {
  const prepared = order.plan.credentials.map((spec, index) =>
    prepareCredential(spec, order.secrets[index] ?? "", (kind) =>
      randomFrom(seed, `${index} ${kind} ${spec.secret.text}`),
    ),
  );
  return {
    compiled: prepared.flatMap(({ compiled }) => compiled),
    context: prepared.map(({ context }) => context),
    origin: new Map(
      prepared.flatMap(({ compiled }, index) => compiled.map(({ name }) => [name, index] as const)),
    ),
  };
}

export interface PreparedCredential {
  readonly compiled: readonly [Credential, ...Credential[]];
  /** What the bottle's side is told. */
  readonly context: PreparedCredentials["context"][number];
}

/** One entry of a manifest; `random` gives what its placeholder is made from. */
export function prepareCredential(
  spec: CredentialSpec,
  secret: string,
  random: (kind: SecretKind) => (size: number) => Buffer,
): PreparedCredential {
  const kind = secretKind(secret, spec);
  const placeholder = newPlaceholder(kind, random(kind));
  const compiled = compileCredential(spec, secret, placeholder);
  const [{ name, route }] = compiled;
  const context = {
    name,
    preset: spec.kind,
    kind,
    placeholder,
    routePrefix: route?.prefix,
    inside: insideOf(spec, placeholder),
  };
  return { compiled, context };
}

/** The same bytes for the same seed and name, and without the seed none that can be guessed: HMAC as a counter mode (SP 800-108). */
export function randomFrom(seed: Buffer, name: string): (size: number) => Buffer {
  let counter = 0;
  return (size) => {
    const blocks: Buffer[] = [];
    for (let have = 0; have < size; have += 32) {
      counter += 1;
      blocks.push(createHmac("sha256", seed).update(`placeholder ${counter} ${name}`).digest());
    }
    return Buffer.concat(blocks).subarray(0, size);
  };
}
