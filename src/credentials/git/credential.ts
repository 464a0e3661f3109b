/** A credential for git alone: whatever else a host serves is refused. */
import type { Authority, Credential, JudgedRequest, Verdict } from "../../gateway/config.ts";
import { gitRefusal, judgeGitHead } from "./endpoint.ts";
import type { GitGrant } from "./grant.ts";
import { gitJudges, gitRewrites } from "./parts.ts";

export interface GitOnly {
  readonly name: string;
  readonly authority: Authority;
  readonly grant: GitGrant;
  /** The whole value of the header. */
  readonly authorization: string;
  readonly secret: string;
  readonly placeholder: string;
}

export function gitCredential(only: GitOnly): Credential {
  const { name, authority, grant, authorization, secret, placeholder } = only;
  return {
    name,
    authorities: [authority],
    // Everything on the host is the credential's to judge: what its judge does not know is refused.
    rules: [{}],
    strip: ["authorization", "proxy-authorization", "cookie"],
    set: [{ name: "authorization", value: authorization }],
    secret,
    placeholder,
    judgeHead: (request: JudgedRequest): Verdict =>
      judgeGitHead(grant, request) ?? gitRefusal("Only git is granted on this host."),
    judges: gitJudges(grant),
    rewrites: gitRewrites(grant),
    dialect: "plain",
  };
}

/** Basic with the token as password is what every host takes (RFC 7617). */
export function basicOf(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}`;
}
