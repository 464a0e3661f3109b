/** How the credential of GitHub is written. */
import { list } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { baseUrlFormat } from "./formats/base-url.ts";
import { grantFormat } from "./formats/grant.ts";
import { repositoryFormat } from "./formats/repository.ts";
import type { CredentialSpec, GithubCredential } from "./manifest.ts";
import { refreshField, secretField } from "./schema-secret.ts";

interface Written extends Omit<GithubCredential, "kind"> {
  readonly preset: "github";
}

const words = ["read", "issues", "pulls", "releases", "actions", "merge"] as const;

export const github: Type<CredentialSpec> = refine(
  object<Written>("a github credential", {
    preset: { type: choice(["github"]), doc: "GitHub's API, REST and GraphQL.", required: true },
    secret: secretField,
    refresh: refreshField,
    url: {
      type: text(baseUrlFormat),
      doc: "GitHub's own, or the base URL of a GitHub Enterprise Server.",
      fallback: "https://github.com",
    },
    repos: {
      type: list(text(repositoryFormat("two")), 1),
      doc: "The repositories, as owner/name; no other is open.",
      required: true,
    },
    can: {
      type: list(text(grantFormat(words)), 1),
      doc: `What may be done in them: ${words.join(", ")}, and push: with the branches that may be written, such as push:agent/**.`,
      required: true,
    },
  }),
  ({ preset, ...rest }) => ({ kind: preset, ...rest }),
);
