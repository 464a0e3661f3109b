/** What a credential is called, where it goes and what it may do, in words for the preflight. */
import { formatSize } from "../manifest/formats/size.ts";
import { credentialAuthority } from "../manifest/authority.ts";
import type {
  AnthropicCredential,
  CredentialSpec,
  GitCredential,
  GiteaCredential,
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
  return { ...describe(spec), from: spec.secret.text };
}

function describe(spec: CredentialSpec): Omit<CredentialDescription, "from"> {
  switch (spec.kind) {
    case "anthropic":
      return { name: spec.kind, to: [spec.url], may: anthropicMay(spec) };
    case "header": {
      const to = credentialAuthority(spec).map(withoutStandardPort);
      return { name: `${spec.header}@${spec.host}`, to, may: headerMay(spec) };
    }
    case "git":
    case "gitea":
      return {
        name: `${spec.kind}@${new URL(spec.url).host}`,
        to: [spec.url],
        may: repositoriesMay(spec),
      };
  }
}

/** What each word of `can` opens, in the owner's words. */
const openedBy: Readonly<Record<string, string>> = {
  read: "read files, history, issues, pull requests and releases; clone and fetch",
  issues: "open and edit issues, comment on them, set their labels",
  pulls: "open and edit pull requests, comment on and review them, but not approve or merge",
  releases: "publish and edit releases, which makes tags",
  merge: "approve and merge pull requests",
};

function repositoriesMay(spec: GitCredential | GiteaCredential): readonly string[] {
  const { repos, can, lfs, maxPush } = spec;
  const branches = can
    .filter((word) => word.startsWith("push:"))
    .map((word) => word.slice("push:".length));
  const words = can.filter((word) => !word.startsWith("push:"));
  return [
    `only in ${repos.join(", ")}`,
    ...words.map((word) => (spec.kind === "git" ? "clone and fetch" : (openedBy[word] ?? word))),
    branches.length === 0
      ? "push nothing"
      : `push branches ${branches.join(", ")}, fast-forward alone, up to ${formatSize(maxPush)}; never delete, force or tag`,
    ...(lfs === "none" ? [] : [`${lfs} large files (git-lfs)`]),
  ];
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
