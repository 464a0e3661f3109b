/** From a manifest's credential and its secret to what the gateway enforces. */
import { BottleError } from "../errors/error.ts";
import type { Credential } from "../gateway/config.ts";
import type { CredentialSpec } from "../manifest/manifest.ts";
import { presets } from "./presets/index.ts";
import type { Inside, Preset, SecretKind } from "./presets/preset.ts";

export type { SecretKind } from "./presets/preset.ts";

/** Bytes: the scanner sees shorter values as ordinary text, and longer ones fit in no header. */
const shortestSecret = 8;
const longestSecret = 4096;

/** One entry of a manifest may need more than one. Throws where the secret could not be kept from the bottle or sent as it is. */
export function compileCredential(
  spec: CredentialSpec,
  secret: string,
  placeholder: string,
): readonly [Credential, ...Credential[]] {
  const size = Buffer.byteLength(secret);
  if (size < shortestSecret || size > longestSecret)
    throw secretError(
      `It must have between ${shortestSecret} and ${longestSecret} bytes, so that it can be found and sent.`,
    );
  // RFC 9110 section 5.5: visible characters and inner spaces.
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(secret))
    throw secretError("It has characters that a header cannot carry, or a space at an end.");
  return presetOf(spec).compile(spec, secret, placeholder);
}

/** How the agent presents the placeholder; without `spec`, for the anthropic preset. */
export function secretKind(secret: string, spec?: CredentialSpec): SecretKind {
  return spec === undefined
    ? presets.anthropic.secretKind(secret)
    : presetOf(spec).secretKind(secret);
}

/** What programs of the bottle find of it. */
export function insideOf(spec: CredentialSpec, placeholder: string): Inside {
  return presetOf(spec).inside?.(spec, placeholder) ?? { env: {}, seeds: [] };
}

const base36 = "0123456789abcdefghijklmnopqrstuvwxyz";

/** 165 bits of chance behind words that nobody takes for a provider's token; `random` gives so many random bytes. */
export function newPlaceholder(kind: SecretKind, random: (size: number) => Uint8Array): string {
  let digits = "";
  while (digits.length < 32)
    // 252 is the largest multiple of 36 in a byte: what lies above would make some digits likelier.
    for (const byte of random(48))
      if (byte < 252 && digits.length < 32) digits += base36.charAt(byte % 36);
  return `claude-bottle-placeholder-${kind}-${digits}`;
}

function presetOf<Spec extends CredentialSpec>(spec: Spec): Preset<Spec> {
  return presets[spec.kind] as unknown as Preset<Spec>;
}

function secretError(why: string): BottleError {
  return new BottleError({
    code: "E_CREDENTIAL_SECRET",
    what: "The secret cannot serve its credential; it is not shown.",
    why,
    next: "Look at what the credential's `secret:` refers to.",
  });
}
