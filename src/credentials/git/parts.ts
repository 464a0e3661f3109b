/** What any credential with git in it hands to the gateway, by its grant. */
import type { AnswerRewrite, BodyJudge } from "../../gateway/config.ts";
import { rewriteAdvertisement } from "./advertisement.ts";
import type { GitGrant } from "./grant.ts";
import { gitPath } from "./endpoint.ts";
import { judgeLfsBatch, rewriteLfsBatch } from "./lfs.ts";
import { judgePush } from "./push-judge.ts";

/** A push a little over its bound is read all the same, so that the refusal names it in git's own words. */
const slack = 1024 * 1024;
const longestAdvertisement = 32 * 1024 * 1024;
const longestBatch = 4 * 1024 * 1024;

/** Pushes are read whole, and so is what git-lfs asks for. */
export function gitJudges(grant: GitGrant): readonly BodyJudge[] {
  const ends = (path: string, rest: string): boolean =>
    gitPath(grant.basePath, path)?.rest === rest;
  return [
    {
      covers: (method, path) => method === "POST" && ends(path, "git-receive-pack"),
      media: "any",
      limit: grant.maxPush + slack,
      searches: true,
      judge: ({ path, body }, context) =>
        judgePush(
          { branches: grant.push, maxPush: grant.maxPush },
          { ...context, body, repository: path.replace(/\/git-receive-pack$/, "") },
        ),
    },
    {
      covers: (method, path) => method === "POST" && ends(path, "info/lfs/objects/batch"),
      // Its type is one of its own.
      media: "any",
      limit: longestBatch,
      judge: ({ fields, body }) => judgeLfsBatch(grant, fields, body),
    },
  ];
}

/** What a server says before a push, and what it answers to git-lfs. */
export function gitRewrites({ basePath }: GitGrant): readonly AnswerRewrite[] {
  const ends = (path: string, rest: string): boolean => gitPath(basePath, path)?.rest === rest;
  return [
    {
      covers: (_method, path, query) =>
        ends(path, "info/refs") && query === "?service=git-receive-pack",
      limit: longestAdvertisement,
      rewrite: (body) => rewriteAdvertisement(body),
    },
    {
      covers: (_method, path) => ends(path, "info/lfs/objects/batch"),
      limit: longestBatch,
      rewrite: (body) => rewriteLfsBatch(body),
    },
  ];
}
