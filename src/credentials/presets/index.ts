/** Every credential preset, by the kind of its manifest entry. A new one is one file and one line here. */
import type { Credential } from "../../gateway/config.ts";
import type { CredentialSpec } from "../../manifest/manifest.ts";
import { anthropicSecretKind, compileAnthropic } from "./anthropic.ts";
import { compileHeader } from "./header.ts";

/** How an agent presents a credential's placeholder. */
export type SecretKind = "oauth" | "api-key" | "header";

export interface Preset<Spec extends CredentialSpec> {
  compile(spec: Spec, secret: string, placeholder: string): Credential;
  secretKind(secret: string): SecretKind;
}

type Presets = {
  readonly [Kind in CredentialSpec["kind"]]: Preset<Extract<CredentialSpec, { kind: Kind }>>;
};

export const presets: Presets = {
  anthropic: { compile: compileAnthropic, secretKind: anthropicSecretKind },
  header: { compile: compileHeader, secretKind: () => "header" },
};
