/** What a credential is called, where it goes and what it may do, in words for the preflight. */
import { credentialAuthority } from "../manifest/authority.ts";
import type {
  AnthropicCredential,
  CredentialSpec,
  HeaderCredential,
} from "../manifest/manifest.ts";

export interface CredentialDescription {
  readonly name: string;
  /** The authorities that get the secret, without the scheme's own port. */
  readonly to: readonly string[];
  /** Where the secret is kept, as the user wrote it. */
  readonly from: string;
  /** What it may be used for, one sentence each. */
  readonly may: readonly string[];
}

export function describeCredential(spec: CredentialSpec): CredentialDescription {
  return {
    name: spec.kind === "anthropic" ? "anthropic" : `${spec.header}@${spec.host}`,
    to: spec.kind === "anthropic" ? [spec.url] : credentialAuthority(spec).map(withoutStandardPort),
    from: spec.secret.text,
    may: spec.kind === "anthropic" ? anthropicMay(spec) : headerMay(spec),
  };
}

function anthropicMay({ serverTools }: AnthropicCredential): readonly string[] {
  const tools =
    serverTools.length === 0
      ? "server-side tools refused"
      : `server-side tools allowed: ${serverTools.join(", ")}; all others refused`;
  return [
    "POST /v1/messages and /v1/messages/count_tokens",
    "GET /v1/models and /v1/models/*",
    tools,
  ];
}

function headerMay({ methods, paths, header, template }: HeaderCredential): readonly string[] {
  return [
    `${methods?.join(", ") ?? "any method"} on ${paths?.join(", ") ?? "any path"}`,
    `sent as ${header}: ${template}`,
  ];
}

function withoutStandardPort(authority: string): string {
  return authority.replace(/^(https:\/\/.*):443$|^(http:\/\/.*):80$/, "$1$2");
}
