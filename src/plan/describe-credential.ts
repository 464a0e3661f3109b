/** What a credential is called, where it goes and what it may do, in words for the preflight. */
import { credentialAuthority } from "../manifest/authority.ts";
import { formatSize } from "../manifest/formats/size.ts";
import type {
  AnthropicCredential,
  BasicCredential,
  CredentialSpec,
  GeminiCredential,
  GitCredential,
  GiteaCredential,
  GithubCredential,
  HeaderCredential,
  HostBound,
  OpenaiCredential,
  QueryCredential,
  RegistryCredential,
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
  git: { name: ({ url }) => `git@${new URL(url).host}`, may: gitMay },
  gitea: { name: ({ url }) => `gitea@${new URL(url).host}`, may: giteaMay },
  github: { name: githubName, may: githubMay },
  header: { name: ({ header, host }) => `${header}@${host}`, may: headerMay },
  openai: { name: () => "openai", may: openaiMay },
  registry: { name: registryName, may: registryMay },
  query: { name: ({ parameter, host }) => `${parameter}@${host}`, may: queryMay },
};

export function describeCredential(spec: CredentialSpec): CredentialDescription {
  const { name, may } = words[spec.kind] as unknown as Words<CredentialSpec>;
  return {
    name: name(spec),
    to: placesOf(spec),
    from: spec.secret.text,
    may: may(spec),
  };
}

function placesOf(spec: CredentialSpec): readonly string[] {
  if (spec.kind === "registry" && spec.url === null) return ["the registry of your npm"];
  if ("url" in spec && spec.url !== null && spec.kind !== "github") return [spec.url];
  return credentialAuthority(spec).map(withoutStandardPort);
}

function registryName({ url }: RegistryCredential): string {
  return url === null ? "registry" : `registry@${new URL(url).host}`;
}

function registryMay({ scopes, publish }: RegistryCredential): readonly string[] {
  return [
    `read packages${scopes.length === 0 ? "" : ` (npm asks for ${scopes.join(", ")} there)`}, and ask for advisories`,
    publish.length === 0
      ? "publish nothing"
      : `publish ${publish.join(", ")}, one version at a time`,
  ];
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

function githubName({ url }: GithubCredential): string {
  return url === "https://github.com" ? "github" : `github@${new URL(url).host}`;
}

const opened: Readonly<Record<string, string>> = {
  read: "read files, history, issues, pull requests and releases",
  issues: "open and edit issues, comment on them, set their labels",
  pulls: "open and edit pull requests, comment on and review them, but not approve or merge",
  releases: "publish and edit releases, which makes tags",
  actions: "read runs of workflows and their logs",
  merge: "approve and merge pull requests",
};

function githubMay({ repos, can }: GithubCredential): readonly string[] {
  const branches = can.filter((word) => word.startsWith("push:")).map((word) => word.slice(5));
  return [
    `only in ${repos.join(", ")}, by REST and GraphQL`,
    ...can.flatMap((word) => opened[word] ?? []),
    branches.length === 0
      ? "write no branch"
      : `write branches ${branches.join(", ")} by the API, fast-forward alone; never delete, force or tag`,
  ];
}

function giteaMay(spec: GiteaCredential): readonly string[] {
  return [
    `only in ${spec.repos.join(", ")}, by the API and git`,
    ...spec.can.flatMap((word) => opened[word] ?? []),
    ...(spec.can.includes("read") ? ["clone and fetch"] : []),
    ...pushMay(spec),
  ];
}

function gitMay(spec: GitCredential): readonly string[] {
  return [
    `only in ${spec.repos.join(", ")}`,
    ...(spec.can.includes("read") ? ["clone and fetch"] : []),
    ...pushMay(spec),
  ];
}

function pushMay({ can, maxPush, lfs }: GitCredential | GiteaCredential): readonly string[] {
  const branches = can.filter((word) => word.startsWith("push:")).map((word) => word.slice(5));
  return [
    branches.length === 0
      ? "push nothing"
      : `push branches ${branches.join(", ")}, fast-forward alone, up to ${formatSize(maxPush)}; never delete, force or tag`,
    ...(lfs === "none" ? [] : [`${lfs} large files (git-lfs)`]),
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

function requestsOf({ methods, paths, websocket }: HostBound): string {
  const asked = `${methods?.join(", ") ?? "any method"} on ${paths?.join(", ") ?? "any path"}`;
  return websocket === true ? `${asked}, WebSockets as well` : asked;
}

function withoutStandardPort(authority: string): string {
  return authority.replace(/^(https:\/\/.*):443$|^(http:\/\/.*):80$/, "$1$2");
}
