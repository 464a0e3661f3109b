/** Every credential preset, by the kind of its manifest entry. A new one is one file and one line here. */
import type { Credential } from "../../gateway/config.ts";
import type { CredentialSpec } from "../../manifest/manifest.ts";
import { anthropicSecretKind, compileAnthropic } from "./anthropic.ts";
import { compileGit, gitInside } from "./git.ts";
import { compileGitea, giteaInside } from "./gitea.ts";
import { compileHeader } from "./header.ts";

/** How an agent presents a credential's placeholder. */
export type SecretKind = "oauth" | "api-key" | "header";

/** What programs find inside of a bottle, with the placeholder in it, so that they work with no set-up. */
export interface Inside {
  /** For git's config in the home. */
  readonly gitConfig?: string;
  /** An entry of tea's list of logins. */
  readonly teaLogin?: string;
}

export interface Preset<Spec extends CredentialSpec> {
  compile(spec: Spec, secret: string, placeholder: string): Credential;
  secretKind(secret: string): SecretKind;
  inside?(spec: Spec, placeholder: string): Inside;
}

type Presets = {
  readonly [Kind in CredentialSpec["kind"]]: Preset<Extract<CredentialSpec, { kind: Kind }>>;
};

export const presets: Presets = {
  anthropic: { compile: compileAnthropic, secretKind: anthropicSecretKind },
  git: { compile: compileGit, secretKind: () => "header", inside: gitInside },
  gitea: { compile: compileGitea, secretKind: () => "header", inside: giteaInside },
  header: { compile: compileHeader, secretKind: () => "header" },
};
