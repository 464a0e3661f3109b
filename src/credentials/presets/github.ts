/** GitHub, or a GitHub Enterprise Server: of its REST API and GraphQL what the words of `can` name, in the named repositories. */
import type { BodyJudge, Credential } from "../../gateway/config.ts";
import type { GithubCredential } from "../../manifest/manifest.ts";
import { compileLines, covers, createApiJudge, repositoryPath } from "../github/api.ts";
import { uploadTable } from "../github/api-table.ts";
import { createBodyJudge } from "../github/bodies.ts";
import type { GithubGrant } from "../github/grant.ts";
import { githubRefusal, isGranted, notForRepository } from "../github/grant.ts";
import { judgeGraphql } from "../github/graphql-judge.ts";
import { isGithubWord } from "../github/words.ts";
import { pushGlobs } from "../grants.ts";
import type { Endpoint } from "./endpoint.ts";
import { endpoint } from "./endpoint.ts";
import type { Inside } from "./preset.ts";

const publicUrl = "https://github.com";
const longestQuery = 512 * 1024;
const longestRepository = 1024 * 1024;

/** Where the parts of the service are: on hosts of their own, or below one. */
interface Places {
  readonly api: Endpoint;
  readonly graphql: string;
  readonly uploads: Endpoint;
}

function placesOf(url: string): Places {
  const { authority, basePath } = endpoint("github", url);
  if (url === publicUrl)
    return {
      api: endpoint("github", "https://api.github.com"),
      graphql: "/graphql",
      uploads: endpoint("github", "https://uploads.github.com"),
    };
  const at = (path: string): Endpoint => ({ authority, basePath: `${basePath}/api/${path}` });
  return { api: at("v3"), graphql: `${basePath}/api/graphql`, uploads: at("uploads") };
}

/** One for the API, and one for a host of uploads; git is another's. */
export function compileGithub(
  spec: GithubCredential,
  secret: string,
  placeholder: string,
): readonly [Credential, ...Credential[]] {
  const { api, graphql, uploads } = placesOf(spec.url);
  const grant: GithubGrant = {
    repos: spec.repos,
    words: spec.can.filter(isGithubWord),
    push: pushGlobs(spec.can),
  };
  const common = {
    name: githubName(spec),
    // What the judges do not know is refused.
    rules: [{ methods: ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"] }],
    strip: ["authorization", "proxy-authorization", "cookie", "x-github-otp"],
    set: [{ name: "authorization", value: `token ${secret}` }],
    secret,
    placeholder,
    dialect: "message",
  } as const;
  const judgeApi = createApiJudge(grant, api.basePath);
  const judgeUpload = createUploadJudge(grant, uploads.basePath);
  const sameHost = uploads.authority.host === api.authority.host;
  const isUpload = (path: string): boolean => sameHost && path.startsWith(`${uploads.basePath}/`);
  const first: Credential = {
    ...common,
    authorities: [api.authority],
    judgeHead: (request) => {
      const { method, path } = request;
      if (path === graphql)
        return method === "POST" ? { ok: true } : githubRefusal("GraphQL is asked by POST.");
      return isUpload(path) ? judgeUpload(request) : judgeApi(request);
    },
    judges: [
      {
        covers: (method, path) => method === "POST" && path === graphql,
        media: "json",
        limit: longestQuery,
        judge: ({ body, path }, { ask }) => judgeGraphql(grant, { body, path }, ask),
      },
      bodyJudge(grant, api.basePath, isUpload),
    ],
    rewrites: [
      {
        covers: (_method, path) =>
          path.startsWith(api.basePath) &&
          repositoryPath(path.slice(api.basePath.length))?.rest === "",
        limit: longestRepository,
        rewrite: withoutCloneToken,
      },
    ],
  };
  if (sameHost || !grant.words.includes("releases")) return [first];
  return [first, { ...common, authorities: [uploads.authority], judgeHead: judgeUpload }];
}

function bodyJudge(
  grant: GithubGrant,
  basePath: string,
  isUpload: (path: string) => boolean,
): BodyJudge {
  const judge = createBodyJudge(grant);
  return {
    covers: (method, path) => !["GET", "HEAD"].includes(method) && !isUpload(path),
    media: "json",
    judge: ({ method, path, body }) => judge(method, path.slice(basePath.length), body),
  };
}

/** The files of a release, as they are. */
function createUploadJudge(
  grant: GithubGrant,
  basePath: string,
): NonNullable<Credential["judgeHead"]> {
  const lines = compileLines(grant.words.includes("releases") ? uploadTable : []);
  return ({ method, path }) => {
    const found = repositoryPath(path.slice(basePath.length));
    if (found === undefined || !path.startsWith(basePath) || !covers(lines, method, found.rest))
      return githubRefusal("Of uploads, only files of releases are granted (can: [releases]).");
    return isGranted(grant, found.repo) ? { ok: true } : githubRefusal(notForRepository(grant));
  };
}

/** A repository's description holds a token for cloning it. */
function withoutCloneToken(body: Buffer): Buffer {
  const told = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  if (typeof told["temp_clone_token"] !== "string") return body;
  return Buffer.from(JSON.stringify({ ...told, temp_clone_token: "" }));
}

function githubName({ url }: GithubCredential): string {
  return url === publicUrl ? "github" : `github@${new URL(url).host}`;
}

/** The variables of `gh` and of most libraries. */
export function githubInside({ url }: GithubCredential, placeholder: string): Inside {
  const env =
    url === publicUrl
      ? { GH_TOKEN: placeholder, GITHUB_TOKEN: placeholder }
      : { GH_ENTERPRISE_TOKEN: placeholder, GH_HOST: new URL(url).host };
  return { env, seeds: [] };
}
