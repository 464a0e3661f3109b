/** A Gitea: of its API what the words of `can` name, in the named repositories; and their git. */
import type { Credential, JudgedRequest, Verdict } from "../../gateway/config.ts";
import type { GiteaCredential, GiteaWord } from "../../manifest/manifest.ts";
import { createGiteaJudge, identityField } from "../gitea/api.ts";
import { giteaTable } from "../gitea/api-table.ts";
import { giteaJudges } from "../gitea/bodies.ts";
import { insideTea } from "../gitea/inside.ts";
import type { GitGrant } from "../git/grant.ts";
import { gitRefusal, judgeGitHead } from "../git/endpoint.ts";
import { insideGit } from "../git/inside.ts";
import { gitJudges, gitRewrites } from "../git/parts.ts";
import { pushGlobs } from "../grants.ts";
import { endpoint } from "./endpoint.ts";
import type { Inside } from "./preset.ts";

/** Any name serves: Gitea knows a token by itself (Gitea: services/auth/basic.go). */
const user = "git";

export function compileGitea(
  spec: GiteaCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const { authority, basePath } = endpoint("gitea", spec.url);
  const words = spec.can.filter((word): word is GiteaWord => Object.hasOwn(giteaTable, word));
  const git: GitGrant = {
    basePath,
    repos: spec.repos,
    read: spec.can.includes("read"),
    push: pushGlobs(spec.can),
    maxPush: spec.maxPush,
    lfs: spec.lfs,
  };
  const api = { basePath, repos: spec.repos, words };
  const judgeApi = createGiteaJudge(api);
  const credential: Credential = {
    name: `gitea@${new URL(spec.url).host}`,
    authorities: [authority],
    // Everything on the host is the credential's to judge: what its judges do not know is refused.
    rules: [{}],
    strip: ["authorization", "proxy-authorization", "cookie"],
    // The API and git both take the token as a password; git takes nothing else on every version of Gitea.
    set: [
      {
        name: "authorization",
        value: `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}`,
      },
    ],
    secret,
    placeholder,
    judgeHead: (request: JudgedRequest): Verdict => {
      const judged = judgeApi(request);
      if (judged !== undefined) return judged;
      const trouble = identityField(request.fields);
      if (trouble !== undefined) return gitRefusal(trouble);
      const message = "Only the API and git are granted on this host.";
      return judgeGitHead(git, request) ?? gitRefusal(message);
    },
    judges: [...gitJudges(git), ...giteaJudges(api)],
    rewrites: gitRewrites(git),
    dialect: "message",
  };
  return [credential];
}

/** git and tea each find the placeholder in their own config. */
export function giteaInside({ url }: GiteaCredential, placeholder: string): Inside {
  return {
    env: {},
    seeds: [insideGit({ url, user, placeholder }), insideTea({ url, placeholder })],
  };
}
