/** Any git remote over https: fetch, and push by branch. Nothing else of the host. */
import type { Credential, JudgedRequest, Verdict } from "../../gateway/config.ts";
import type { GitCredential } from "../../manifest/manifest.ts";
import { pushGlobs } from "../grants.ts";
import type { GitGrant } from "../git/grant.ts";
import { gitRefusal, judgeGitHead } from "../git/endpoint.ts";
import { insideGit } from "../git/inside.ts";
import { gitJudges, gitRewrites } from "../git/parts.ts";
import { endpoint } from "./endpoint.ts";
import type { Inside } from "./preset.ts";

export function compileGit(
  spec: GitCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const { authority, basePath } = endpoint("git", spec.url);
  const grant: GitGrant = {
    basePath,
    repos: spec.repos,
    read: spec.can.includes("read"),
    push: pushGlobs(spec.can),
    maxPush: spec.maxPush,
    lfs: spec.lfs,
  };
  const credential: Credential = {
    name: gitName(spec),
    authorities: [authority],
    // Everything on the host is the credential's to judge: what its judge does not know is refused.
    rules: [{}],
    strip: ["authorization", "proxy-authorization", "cookie"],
    set: [{ name: "authorization", value: authorization(spec, secret) }],
    secret,
    placeholder,
    judgeHead: (request: JudgedRequest): Verdict =>
      judgeGitHead(grant, request) ?? gitRefusal("Only git is granted on this host."),
    judges: gitJudges(grant),
    rewrites: gitRewrites(grant),
    dialect: "plain",
  };
  return [credential];
}

/** Two hosts may each have one. */
function gitName({ url }: GitCredential): string {
  return `git@${new URL(url).host}`;
}

/** Basic with the token as password is what every host takes (RFC 7617). */
function authorization({ auth, user }: GitCredential, secret: string): string {
  if (auth === "bearer") return `Bearer ${secret}`;
  return `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}`;
}

/** git finds its placeholder in its own config. */
export function gitInside({ url, user }: GitCredential, placeholder: string): Inside {
  return { env: {}, seeds: [insideGit({ url, user, placeholder })] };
}
