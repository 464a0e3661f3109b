/** What a credential is called, where it goes and what it may do, in words for the preflight. */
import { credentialAuthority } from "../manifest/authority.ts";
import type {
  AnthropicCredential,
  BasicCredential,
  CredentialSpec,
  GeminiCredential,
  HeaderCredential,
  HostBound,
  OpenaiCredential,
  QueryCredential,
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
  basic: { name: ({ host }) => `basic@${host}`, may: basicMay },
  gemini: { name: () => "gemini", may: geminiMay },
  header: { name: ({ header, host }) => `${header}@${host}`, may: headerMay },
  openai: { name: () => "openai", may: openaiMay },
  query: { name: ({ parameter, host }) => `${parameter}@${host}`, may: queryMay },
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
  return [
    "POST /v1/messages and /v1/messages/count_tokens",
    "GET /v1/models and /v1/models/*",
    toolsOf(serverTools),
  ];
}

function geminiMay({ serverTools }: GeminiCredential): readonly string[] {
  return [
    "POST /v1beta/models/*: generateContent, streamGenerateContent and countTokens",
    "GET /v1beta/models and /v1beta/models/*",
    toolsOf(serverTools),
  ];
}

function openaiMay({ serverTools }: OpenaiCredential): readonly string[] {
  return [
    "POST /v1/responses (and its compact and input_tokens) and /v1/chat/completions",
    "GET /v1/models and /v1/models/*",
    toolsOf(serverTools),
  ];
}

function toolsOf(serverTools: readonly string[]): string {
  return serverTools.length === 0
    ? "server-side tools refused"
    : `server-side tools allowed: ${serverTools.join(", ")}; all others refused`;
}

function headerMay(spec: HeaderCredential): readonly string[] {
  return [requestsOf(spec), `sent as ${spec.header}: ${spec.template}`];
}

function basicMay(spec: BasicCredential): readonly string[] {
  return [requestsOf(spec), `sent as Basic authorization of ${spec.template}`];
}

function queryMay(spec: QueryCredential): readonly string[] {
  return [requestsOf(spec), `sent as the query parameter ${spec.parameter}`];
}

function requestsOf({ methods, paths }: HostBound): string {
  return `${methods?.join(", ") ?? "any method"} on ${paths?.join(", ") ?? "any path"}`;
}

function withoutStandardPort(authority: string): string {
  return authority.replace(/^(https:\/\/.*):443$|^(http:\/\/.*):80$/, "$1$2");
}
