/** Finds out where GitHub's node ids lie, by asking GitHub with the credential. */
import type { Ask } from "../../gateway/config.ts";

/** Types that belong to one repository, as the published schema has them. */
const inRepository = [
  "CommitComment",
  "Issue",
  "IssueComment",
  "Label",
  "Milestone",
  "PullRequest",
  "PullRequestReview",
  "PullRequestReviewComment",
  "PullRequestReviewThread",
  "Release",
] as const;

const query = `query($ids:[ID!]!){nodes(ids:$ids){__typename ...on Repository{nameWithOwner}${inRepository
  .map((type) => `...on ${type}{repository{nameWithOwner}}`)
  .join("")}}}`;

const longestAnswer = 256 * 1024;

/** `owner/name` of each, or undefined where it lies in none or was not found. Rejects with an `Error` where GitHub gives no answer. */
export async function findRepositories(
  ids: readonly string[],
  path: string,
  ask: Ask,
): Promise<readonly (string | undefined)[]> {
  const answered = await ask({
    method: "POST",
    target: path,
    fields: [
      ["Content-Type", "application/json"],
      ["Accept", "application/json"],
      ["User-Agent", "claude-bottle"],
    ],
    body: Buffer.from(JSON.stringify({ query, variables: { ids } })),
    limit: longestAnswer,
  });
  const nodes = answered.status === 200 ? nodesOf(answered.body) : [];
  return ids.map((_id, index) => repositoryOf(nodes[index]));
}

function nodesOf(body: Buffer): readonly unknown[] {
  try {
    const answer = JSON.parse(body.toString("utf8")) as { data?: { nodes?: unknown } | null };
    const nodes = answer.data?.nodes;
    return Array.isArray(nodes) ? (nodes as unknown[]) : [];
  } catch {
    return [];
  }
}

function repositoryOf(node: unknown): string | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  const { nameWithOwner, repository } = node as {
    nameWithOwner?: unknown;
    repository?: { nameWithOwner?: unknown } | null;
  };
  const name = nameWithOwner ?? repository?.nameWithOwner;
  return typeof name === "string" ? name : undefined;
}
