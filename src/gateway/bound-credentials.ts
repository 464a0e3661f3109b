/** The credentials of a gateway by the authority they are bound to, with everything about them that is prepared once. */
import { authorityKey, isAddressLiteral } from "./authority.ts";
import { basicParts } from "./basic.ts";
import type { Credential, GatewayConfig, UpstreamProxy } from "./config.ts";
import { hiddenValues } from "./hidden.ts";
import type { Fields } from "./http/fields.ts";
import { injectionOf } from "./inject.ts";
import type { Injection } from "./inject.ts";
import { createPlaceholderCheck } from "./placeholder.ts";
import { compileRule } from "./policy.ts";
import type { CompiledRule } from "./policy.ts";
import { nothingRetired } from "./retired.ts";
import type { RetiredValues } from "./retired.ts";
import { createScanner, createScanTable } from "./scan.ts";
import type { ScannedValue, Scanner } from "./scan.ts";
import { createScrubberFactory } from "./scrub.ts";
import type { ScrubberFactory } from "./scrub.ts";

export interface BoundCredential {
  readonly credential: Credential;
  readonly rules: readonly CompiledRule[];
  readonly injection: Injection;
  readonly scrubbers: ScrubberFactory;
  presented(fields: Fields, target: string): boolean;
}

export interface BoundCredentials {
  /** Those bound to an authority; `key` from `authorityKey`. */
  at(key: string): readonly BoundCredential[];
  /** For values that may not go to this authority; undefined where there are none. */
  scannerFor(key: string): Scanner | undefined;
  /** For every value that is held. */
  readonly everything: Scanner;
}

const none: readonly BoundCredential[] = [];

export function bindCredentials(
  config: Pick<GatewayConfig, "credentials" | "blockedValues" | "upstreamProxy">,
  retired: RetiredValues = nothingRetired,
): BoundCredentials {
  const byKey = new Map<string, readonly BoundCredential[]>();
  const proxySecrets = secretsOfProxy(config.upstreamProxy);
  const neverShown = [...proxySecrets, ...retired.hidden];
  for (const credential of config.credentials) {
    const bound = bind(credential, neverShown);
    for (const key of new Set(credential.authorities.map(authorityKey))) {
      byKey.set(key, [...(byKey.get(key) ?? []), bound]);
    }
  }
  // What one of them brought to a service, another may fetch from there.
  for (const [key, bound] of byKey) {
    if (bound.length === 1) continue;
    const scrubbers = createScrubberFactory([
      ...neverShown,
      ...bound.flatMap(({ credential }) => hiddenValues(credential)),
    ]);
    byKey.set(
      key,
      bound.map((one) => ({ ...one, scrubbers })),
    );
  }
  const held = heldValues(config, proxySecrets, retired);
  const table = createScanTable(held);
  const scannerWithout = (own: readonly Credential[]): Scanner | undefined => {
    const conversation = own.some(({ readsConversation }) => readsConversation === true);
    // One entry of a manifest may be several credentials, which share secret and placeholder.
    const placeholders = new Set(own.map(({ placeholder }) => placeholder));
    return table.scanner(
      ({ visible, placeholder }) =>
        !(visible && conversation) && (placeholder === undefined || !placeholders.has(placeholder)),
    );
  };
  const everywhere = scannerWithout([]);
  const scanners = new Map<string, Scanner | undefined>();
  for (const [key, bound] of byKey)
    scanners.set(key, scannerWithout(bound.map(({ credential }) => credential)));
  return {
    everything: everywhere ?? createScanner([]),
    at: (key) => byKey.get(key) ?? none,
    scannerFor: (key) => (scanners.has(key) ? scanners.get(key) : everywhere),
  };
}

/** A value, and who may have it. */
interface HeldValue extends ScannedValue {
  /** The owner's, which the agent sees: its own model may see it too. */
  readonly visible: boolean;
  /** Of the credential that it belongs to. */
  readonly placeholder: string | undefined;
}

function heldValues(
  { blockedValues, credentials }: Pick<GatewayConfig, "credentials" | "blockedValues">,
  proxySecrets: readonly string[],
  retired: RetiredValues,
): readonly HeldValue[] {
  const proxy = proxySecrets.map((value) => ({ name: proxySecretName, value }));
  const nobody = { placeholder: undefined };
  return [
    ...[...blockedValues, ...retired.visible].map((one) => ({ ...one, ...nobody, visible: true })),
    ...[...retired.held, ...proxy].map((one) => ({ ...one, ...nobody, visible: false })),
    ...credentials.flatMap(({ name, secret, placeholder }) => [
      { name: `the secret of ${name}`, value: secret, placeholder, visible: false },
      { name: `the placeholder of ${name}`, value: placeholder, placeholder, visible: false },
    ]),
  ];
}

function bind(credential: Credential, neverShown: readonly string[]): BoundCredential {
  return {
    credential,
    rules: credential.rules.map((rule) => compileRule(rule)),
    injection: injectionOf(credential),
    scrubbers: createScrubberFactory([...neverShown, ...hiddenValues(credential)]),
    presented: createPlaceholderCheck(credential),
  };
}

/** How the secret of the way out is called in refusals. */
export const proxySecretName: string = "the secret of upstreamProxy";

/** What no request may carry and no answer may show of the owner's proxy. */
export function secretsOfProxy(
  proxy: Pick<UpstreamProxy, "authorization"> | null,
): readonly string[] {
  const authorization = proxy?.authorization ?? null;
  return authorization === null ? [] : (basicParts(authorization) ?? [authorization]);
}

/** Over plain http a secret goes only to an address that the manifest itself names (DESIGN section 5). */
export function mayCarrySecret(authority: Credential["authorities"][number]): boolean {
  return (
    authority.scheme === "https" ||
    authority.host === "localhost" ||
    isAddressLiteral(authority.host)
  );
}
