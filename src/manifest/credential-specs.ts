/** Credentials as data: what each preset is told. */

/** Where a secret's value comes from; the value itself is never part of a manifest or a plan. */
export type SecretSource =
  | { readonly kind: "env"; readonly variable: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly argv: readonly string[] }
  | { readonly kind: "prompt"; readonly question: string }
  | { readonly kind: "keychain"; readonly service: string; readonly account: string };

/** `text`: as the user wrote it (`env:NAME`), safe to print. */
export interface SecretRef {
  readonly text: string;
  readonly source: SecretSource;
}

export interface AnthropicCredential {
  readonly kind: "anthropic";
  readonly secret: SecretRef;
  /** Upstream base URL; default `https://api.anthropic.com`. */
  readonly url: string;
  /** Server-side tool types the owner allows by name (DESIGN section 5). */
  readonly serverTools: readonly string[];
}

export interface HeaderCredential {
  readonly kind: "header";
  readonly secret: SecretRef;
  readonly host: string;
  readonly ports: readonly number[];
  readonly scheme: "https" | "http";
  /** Lower-case header name. */
  readonly header: string;
  /** Header value with the literal `{secret}` where the value goes, e.g. `Bearer {secret}`. */
  readonly template: string;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
}

export type CredentialSpec = AnthropicCredential | HeaderCredential;
