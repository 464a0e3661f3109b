/**
 * The part of Gitea's API that each word of `can` opens, request by request, as its published description names them
 * (tests/e2e/gitea-api.test.ts holds the table to that). What stands in no list is refused: users, organizations,
 * administration, keys, tokens, hooks, collaborators, teams, secrets, runners, protections, mirrors, transfers, settings.
 */
import type { GiteaWord } from "../../manifest/manifest.ts";

/**
 * `METHOD path` below `/repos/{owner}/{repo}`. `{id}` is a number, `{name}` one step, `{path}` one or more. No step may
 * hold a colon: `owner:branch` means another repository.
 */
export type GiteaTable = Readonly<Record<GiteaWord, readonly string[]>>;

const issueReads = [
  "GET /issues",
  "GET /issues/comments",
  "GET /issues/comments/{id}",
  "GET /issues/comments/{id}/assets",
  "GET /issues/comments/{id}/reactions",
  "GET /issues/pinned",
  "GET /issues/{id}",
  "GET /issues/{id}/assets",
  "GET /issues/{id}/blocks",
  "GET /issues/{id}/comments",
  "GET /issues/{id}/dependencies",
  "GET /issues/{id}/labels",
  "GET /issues/{id}/reactions",
  "GET /issues/{id}/timeline",
  "GET /issue_config",
  "GET /issue_templates",
  "GET /labels",
  "GET /labels/{id}",
  "GET /milestones",
  "GET /milestones/{name}",
  "GET /assignees",
];

const pullReads = [
  "GET /pulls",
  "GET /pulls/pinned",
  "GET /pulls/{id}",
  "GET /pulls/{id}.diff",
  "GET /pulls/{id}.patch",
  "GET /pulls/{id}/commits",
  "GET /pulls/{id}/files",
  "GET /pulls/{id}/merge",
  "GET /pulls/{id}/reviews",
  "GET /pulls/{id}/reviews/{id}",
  "GET /pulls/{id}/reviews/{id}/comments",
  "GET /reviewers",
  // Comments of a pull request are those of an issue of the same number.
  "GET /issues/{id}/comments",
  "GET /issues/{id}/timeline",
];

const releaseReads = [
  "GET /releases",
  "GET /releases/latest",
  "GET /releases/tags/{name}",
  "GET /releases/{id}",
  "GET /releases/{id}/assets",
  "GET /releases/{id}/assets/{id}",
  "GET /tags",
  "GET /tags/{path}",
];

const comments = [
  "POST /issues/{id}/comments",
  "PATCH /issues/comments/{id}",
  "POST /issues/{id}/reactions",
  "DELETE /issues/{id}/reactions",
  "POST /issues/comments/{id}/reactions",
  "DELETE /issues/comments/{id}/reactions",
];

export const giteaTable: GiteaTable = {
  read: [
    "GET /archive/{path}",
    "GET /branches",
    "GET /branches/{path}",
    "GET /commits",
    "GET /commits/{name}/pull",
    "GET /commits/{path}/status",
    "GET /commits/{path}/statuses",
    "GET /compare/{path}",
    "GET /contents",
    "GET /contents/{path}",
    "GET /contents-ext/{path}",
    "GET /file-contents",
    "GET /editorconfig/{path}",
    "GET /git/blobs/{name}",
    "GET /git/commits/{name}",
    "GET /git/notes/{name}",
    "GET /git/refs",
    "GET /git/refs/{path}",
    "GET /git/tags/{name}",
    "GET /git/trees/{name}",
    "GET /languages",
    "GET /licenses",
    "GET /media/{path}",
    "GET /raw/{path}",
    "GET /statuses/{name}",
    "GET /topics",
    "GET /actions/runs",
    "GET /actions/runs/{id}",
    "GET /actions/runs/{id}/jobs",
    "GET /actions/jobs/{id}",
    "GET /actions/jobs/{id}/logs",
    "GET /actions/tasks",
    "GET /actions/workflows",
    "GET /actions/workflows/{name}",
    "GET /wiki/pages",
    "GET /wiki/page/{name}",
    ...issueReads,
    ...pullReads,
    ...releaseReads,
  ],
  issues: [
    ...issueReads,
    ...comments,
    "POST /issues",
    "PATCH /issues/{id}",
    "POST /issues/{id}/labels",
    "PUT /issues/{id}/labels",
    "DELETE /issues/{id}/labels/{id}",
    "POST /issues/{id}/deadline",
  ],
  pulls: [
    ...pullReads,
    ...comments,
    "POST /pulls",
    "PATCH /pulls/{id}",
    "POST /pulls/{id}/requested_reviewers",
    "DELETE /pulls/{id}/requested_reviewers",
    "POST /pulls/{id}/reviews",
    "POST /pulls/{id}/reviews/{id}",
  ],
  releases: [
    ...releaseReads,
    "POST /releases",
    "PATCH /releases/{id}",
    "POST /releases/{id}/assets",
    "PATCH /releases/{id}/assets/{id}",
  ],
  merge: ["GET /pulls/{id}", "GET /pulls/{id}/merge", "POST /pulls/{id}/merge"],
};

/** Whoever has any word: the repository itself, and what clients ask a server about itself and about who they are. */
export const alwaysOfRepository: readonly string[] = ["GET "];
export const alwaysOfServer: readonly string[] = [
  "GET /version",
  "GET /user",
  "GET /settings/api",
  "GET /settings/attachment",
  "GET /settings/repository",
  "GET /settings/ui",
];
