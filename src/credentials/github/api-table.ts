/**
 * The part of GitHub's REST API that each word of `can` opens, request by request (docs.github.com/rest). What stands in no list
 * is refused: users, organizations, gists, keys, hooks, collaborators, secrets, variables, runners, protections, deployments,
 * dispatches, settings. `METHOD path` below `/repos/{owner}/{repo}`: `{id}` is a number, `{name}` one step, `{path}` one or more.
 */
import type { GithubWord } from "../../manifest/manifest.ts";

const reads = (...paths: readonly string[]): readonly string[] =>
  paths.map((path) => `GET ${path}`);

const issueReads = reads(
  "/assignees",
  "/issues",
  "/issues/comments",
  "/issues/comments/{id}",
  "/issues/comments/{id}/reactions",
  "/issues/events",
  "/issues/events/{id}",
  "/issues/{id}",
  "/issues/{id}/comments",
  "/issues/{id}/events",
  "/issues/{id}/labels",
  "/issues/{id}/reactions",
  "/labels",
  "/labels/{name}",
  "/milestones",
  "/milestones/{id}",
  "/milestones/{id}/labels",
);

const pullReads = reads(
  "/pulls",
  "/pulls/comments",
  "/pulls/comments/{id}",
  "/pulls/{id}",
  "/pulls/{id}/comments",
  "/pulls/{id}/commits",
  "/pulls/{id}/files",
  "/pulls/{id}/merge",
  "/pulls/{id}/requested_reviewers",
  "/pulls/{id}/reviews",
  "/pulls/{id}/reviews/{id}",
  "/pulls/{id}/reviews/{id}/comments",
);

const releaseReads = reads(
  "/releases",
  "/releases/assets/{id}",
  "/releases/latest",
  "/releases/tags/{path}",
  "/releases/{id}",
  "/releases/{id}/assets",
);

const comments = [
  "POST /issues/{id}/comments",
  "PATCH /issues/comments/{id}",
  "POST /issues/{id}/reactions",
  "POST /issues/comments/{id}/reactions",
];

export const githubTable: Readonly<Record<GithubWord, readonly string[]>> = {
  read: [
    ...reads(
      "",
      "/branches",
      "/branches/{name}",
      "/check-runs/{id}",
      "/check-runs/{id}/annotations",
      "/check-suites/{id}",
      "/check-suites/{id}/check-runs",
      "/comments",
      "/comments/{id}",
      "/commits",
      "/commits/{name}",
      "/commits/{name}/check-runs",
      "/commits/{name}/check-suites",
      "/commits/{name}/comments",
      "/commits/{name}/status",
      "/commits/{name}/statuses",
      "/compare/{path}",
      "/contents",
      "/contents/{path}",
      "/contributors",
      "/git/blobs/{name}",
      "/git/commits/{name}",
      "/git/matching-refs/{path}",
      "/git/ref/{path}",
      "/git/tags/{name}",
      "/git/trees/{name}",
      "/languages",
      "/license",
      "/readme",
      "/tags",
      "/topics",
    ),
    ...issueReads,
    ...pullReads,
    ...releaseReads,
  ],
  issues: [
    ...issueReads,
    ...comments,
    "POST /issues",
    "PATCH /issues/{id}",
    "POST /issues/{id}/assignees",
    "DELETE /issues/{id}/assignees",
    "POST /issues/{id}/labels",
    "PUT /issues/{id}/labels",
    "DELETE /issues/{id}/labels/{name}",
  ],
  pulls: [
    ...pullReads,
    ...comments,
    "POST /pulls",
    "PATCH /pulls/{id}",
    "POST /pulls/{id}/comments",
    "POST /pulls/{id}/comments/{id}/replies",
    "PATCH /pulls/comments/{id}",
    "POST /pulls/{id}/requested_reviewers",
    "DELETE /pulls/{id}/requested_reviewers",
    "POST /pulls/{id}/reviews",
    "PUT /pulls/{id}/reviews/{id}",
    "POST /pulls/{id}/reviews/{id}/comments",
    "POST /pulls/{id}/reviews/{id}/events",
  ],
  merge: [...pullReads, "PUT /pulls/{id}/merge"],
  releases: [
    ...releaseReads,
    "POST /releases",
    "POST /releases/generate-notes",
    "PATCH /releases/{id}",
    "PATCH /releases/assets/{id}",
  ],
  actions: reads(
    "/actions/artifacts",
    "/actions/artifacts/{id}",
    "/actions/jobs/{id}",
    "/actions/jobs/{id}/logs",
    "/actions/runs",
    "/actions/runs/{id}",
    "/actions/runs/{id}/artifacts",
    "/actions/runs/{id}/attempts/{id}",
    "/actions/runs/{id}/attempts/{id}/jobs",
    "/actions/runs/{id}/attempts/{id}/logs",
    "/actions/runs/{id}/jobs",
    "/actions/runs/{id}/logs",
    "/actions/workflows",
    "/actions/workflows/{name}",
    "/actions/workflows/{name}/runs",
  ),
};

/** For branches that may be pushed; bodies say which branch. */
export const pushTable: readonly string[] = [
  "POST /git/blobs",
  "POST /git/commits",
  "POST /git/refs",
  "POST /git/trees",
  "PATCH /git/refs/{path}",
  "PUT /contents/{path}",
];

/** What a release's files are sent to, on their own host. */
export const uploadTable: readonly string[] = ["POST /releases/{id}/assets"];

/** Of the service itself: nothing of an account. */
export const serviceTable: readonly string[] = reads("/", "/meta", "/rate_limit", "/versions");
