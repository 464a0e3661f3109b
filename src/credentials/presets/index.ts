/** Every credential preset, by the kind of its manifest entry. A new one is one file and one line here. */
import type { CredentialSpec } from "../../manifest/manifest.ts";
import { anthropicSecretKind, compileAnthropic } from "./anthropic.ts";
import { compileHeader } from "./header.ts";
import type { Preset } from "./preset.ts";

type Presets = {
  readonly [Kind in CredentialSpec["kind"]]: Preset<Extract<CredentialSpec, { kind: Kind }>>;
};

export const presets: Presets = {
  anthropic: { compile: compileAnthropic, secretKind: anthropicSecretKind },
  header: { compile: compileHeader, secretKind: () => "header" },
};
