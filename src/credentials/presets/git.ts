/** Any git remote over https: fetch, and push by branch. Nothing else of the host. */
import type { Credential } from "../../gateway/config.ts";
import type { GitCredential } from "../../manifest/manifest.ts";
import { basicOf, gitCredential } from "../git/credential.ts";
import { gitGrantOf } from "../git/grant.ts";
import { insideGit } from "../git/inside.ts";
import { endpoint } from "./endpoint.ts";
import type { Inside } from "./preset.ts";

export function compileGit(
  spec: GitCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const { authority, basePath } = endpoint("git", spec.url);
  const { auth, user } = spec;
  return [
    gitCredential({
      name: gitName(spec),
      authority,
      grant: gitGrantOf(spec, basePath),
      authorization: auth === "bearer" ? `Bearer ${secret}` : basicOf(user, secret),
      secret,
      placeholder,
    }),
  ];
}

/** Two hosts may each have one. */
function gitName({ url }: GitCredential): string {
  return `git@${new URL(url).host}`;
}

/** git finds its placeholder in its own config. */
export function gitInside({ url, user }: GitCredential, placeholder: string): Inside {
  return { env: {}, seeds: [insideGit({ url, user, placeholder })] };
}
