/** Credentials of services that have repositories: any git remote, and a Gitea. */
import { list } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { baseUrlFormat } from "./formats/base-url.ts";
import { grantFormat } from "./formats/grant.ts";
import { repositoryFormat } from "./formats/repository.ts";
import { formatSize, sizeFormat } from "./formats/size.ts";
import { userFormat } from "./formats/user.ts";
import type { CredentialSpec, GitCredential, GiteaCredential } from "./manifest.ts";
import { refreshField, secretField } from "./schema-secret.ts";

const url = { type: text(baseUrlFormat), doc: "The service's base URL.", required: true } as const;
/** What the gateway can hold of a push: it is read whole before a byte of it goes on. */
const largestPush = 96 * 2 ** 20;

const maxPush = {
  type: refine(text(sizeFormat(1024)), (bytes, tree, report) => {
    if (bytes <= largestPush) return bytes;
    return report.add(tree.at, {
      code: "E_MANIFEST_VALUE",
      what: "The size is too large: a push is read whole before it goes on.",
      next: `Use ${formatSize(largestPush)} or less.`,
    }) as undefined;
  }),
  doc: "The most that one push may hold.",
  fallback: 64 * 2 ** 20,
  written: "64MiB",
} as const;
const lfs = {
  type: choice(["none", "read", "write"]),
  doc: "Large files (git-lfs): none, read, or write.",
  fallback: "none",
} as const;
const repos = (steps: "two" | "any") =>
  ({
    type: list(text(repositoryFormat(steps)), 1),
    doc: "The repositories, as owner/name; no other is open.",
    required: true,
  }) as const;
const can = (words: readonly string[]) =>
  ({
    type: list(text(grantFormat(words)), 1),
    doc: `What may be done in them: ${words.join(", ")}, and push: with the branches that may be pushed, such as push:agent/**.`,
    required: true,
  }) as const;

interface WrittenGit extends Omit<GitCredential, "kind"> {
  readonly preset: "git";
}

export const git: Type<CredentialSpec> = refine(
  object<WrittenGit>("a git credential", {
    preset: { type: choice(["git"]), doc: "Any git remote over https.", required: true },
    secret: secretField,
    refresh: refreshField,
    url,
    user: { type: text(userFormat), doc: "The user that goes with the secret.", fallback: "git" },
    auth: {
      type: choice(["basic", "bearer"]),
      doc: "How the remote takes the secret: as a password, or as a bearer token.",
      fallback: "basic",
    },
    repos: repos("any"),
    can: can(["read"]),
    maxPush,
    lfs,
  }),
  ({ preset, ...rest }) => ({ kind: preset, ...rest }),
);

interface WrittenGitea extends Omit<GiteaCredential, "kind"> {
  readonly preset: "gitea";
}

export const gitea: Type<CredentialSpec> = refine(
  object<WrittenGitea>("a gitea credential", {
    preset: { type: choice(["gitea"]), doc: "A Gitea: its API and its git.", required: true },
    secret: secretField,
    refresh: refreshField,
    url,
    repos: repos("two"),
    can: can(["read", "issues", "pulls", "releases", "merge"]),
    maxPush,
    lfs,
  }),
  ({ preset, ...rest }) => ({ kind: preset, ...rest }),
);
