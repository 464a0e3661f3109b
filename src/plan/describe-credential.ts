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

interface Words<Spec> {
  readonly name: (spec: Spec) => string;
  readonly may: (spec: Spec) => readonly string[];
}

type AllWords = {
  readonly [Kind in CredentialSpec["kind"]]: Words<Extract<CredentialSpec, { kind: Kind }>>;
};

const words: AllWords = {
  anthropic: { name: () => "anthropic", may: anthropicMay },
  header: { name: ({ header, host }) => `${header}@${host}`, may: headerMay },
};

export function describeCredential<Spec extends CredentialSpec>(spec: Spec): CredentialDescription {
  const { name, may } = words[spec.kind] as unknown as Words<Spec>;
  return {
    name: name(spec),
    to: "url" in spec ? [spec.url] : credentialAuthority(spec).map(withoutStandardPort),
    from: spec.secret.text,
    may: may(spec),
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
