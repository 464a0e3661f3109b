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

/** `refresh` of each: milliseconds after which the secret is read anew. */
export interface AnthropicCredential {
  readonly kind: "anthropic";
  readonly secret: SecretRef;
  readonly refresh?: number;
  /** Upstream base URL; default `https://api.anthropic.com`. */
  readonly url: string;
  /** Server-side tool types the owner allows by name (DESIGN section 5). */
  readonly serverTools: readonly string[];
}

export interface OpenaiCredential {
  readonly kind: "openai";
  readonly secret: SecretRef;
  readonly refresh?: number;
  /** Upstream base URL, without `/v1`. */
  readonly url: string;
  readonly serverTools: readonly string[];
}

export interface GeminiCredential {
  readonly kind: "gemini";
  readonly secret: SecretRef;
  readonly refresh?: number;
  /** Upstream base URL, without `/v1beta`. */
  readonly url: string;
  readonly serverTools: readonly string[];
}

export type GithubWord = "read" | "issues" | "pulls" | "releases" | "actions" | "merge";

export interface GithubCredential {
  readonly kind: "github";
  readonly secret: SecretRef;
  readonly refresh?: number;
  /** `https://github.com`, or the base URL of a GitHub Enterprise Server. */
  readonly url: string;
  /** `owner/name`. */
  readonly repos: readonly string[];
  /** Words of `GithubWord`, and `push:` with a glob of branches. */
  readonly can: readonly string[];
}

export interface RegistryCredential {
  readonly kind: "registry";
  readonly secret: SecretRef;
  readonly refresh?: number;
  /** Null: that of the owner's npm, which is asked at the start. */
  readonly url: string | null;
  /** Scopes whose packages come from there, `@me`; empty: all packages. */
  readonly scopes: readonly string[];
  /** Packages that may be published. */
  readonly publish: readonly string[];
}

/** What both presets with git in them say of it. */
export interface GitUse {
  /** Base URL of the service. */
  readonly url: string;
  /** `owner/name`, without `.git`. */
  readonly repos: readonly string[];
  /** Bytes of one push. */
  readonly maxPush: number;
  /** Large files (git-lfs). */
  readonly lfs: "none" | "read" | "write";
}

export interface GitCredential extends GitUse {
  readonly kind: "git";
  readonly secret: SecretRef;
  readonly refresh?: number;
  /** The user of Basic authorization. */
  readonly user: string;
  readonly auth: "basic" | "bearer";
  /** `read`, and `push:` with a glob of branches. */
  readonly can: readonly string[];
}

export type GiteaWord = "read" | "issues" | "pulls" | "releases" | "merge";

export interface GiteaCredential extends GitUse {
  readonly kind: "gitea";
  readonly secret: SecretRef;
  readonly refresh?: number;
  /** Words of `GiteaWord`, and `push:` with a glob of branches. */
  readonly can: readonly string[];
}

/** A credential of any service, for one host of it. */
export interface HostBound {
  readonly secret: SecretRef;
  readonly refresh?: number;
  readonly host: string;
  readonly ports: readonly number[];
  readonly scheme: "https" | "http";
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  /** Requests may ask for a WebSocket. */
  readonly websocket?: boolean;
}

export interface HeaderCredential extends HostBound {
  readonly kind: "header";
  /** Lower-case header name. */
  readonly header: string;
  /** Header value with the literal `{secret}` where the value goes, e.g. `Bearer {secret}`. */
  readonly template: string;
}

export interface BasicCredential extends HostBound {
  readonly kind: "basic";
  /** `user:password` with the literal `{secret}` in it. */
  readonly template: string;
}

export interface QueryCredential extends HostBound {
  readonly kind: "query";
  /** Name of the parameter that is the secret. */
  readonly parameter: string;
}

export type CredentialSpec =
  | AnthropicCredential
  | BasicCredential
  | GeminiCredential
  | GitCredential
  | GiteaCredential
  | GithubCredential
  | HeaderCredential
  | OpenaiCredential
  | QueryCredential
  | RegistryCredential;
