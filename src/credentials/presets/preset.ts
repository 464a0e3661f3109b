/** The contract of a credential preset: what a manifest's entry and its secret become. */
import type { Credential } from "../../gateway/config.ts";
import type { CredentialSpec } from "../../manifest/manifest.ts";

/** How an agent presents a credential's placeholder. */
export type SecretKind = "oauth" | "api-key" | "header";

/** What programs of the bottle find of a credential: the placeholder, where each of them looks for its token. */
export interface Inside {
  readonly env: Readonly<Record<string, string>>;
  /** Files of the agent's home; those of the same path are joined below one `head`, so each must be fit for that. */
  readonly seeds: readonly {
    readonly path: string;
    readonly head?: string;
    readonly content: string;
  }[];
}

export interface Preset<Spec extends CredentialSpec> {
  /** One or more for one entry, with one placeholder; the first gives the name and the route. */
  compile(spec: Spec, secret: string, placeholder: string): readonly [Credential, ...Credential[]];
  secretKind(secret: string): SecretKind;
  inside?(spec: Spec, placeholder: string): Inside;
}
