/**
 * What of GitHub's GraphQL a bottle may ask for. From a repository its graph leads to every other one that the token sees, by
 * owners, forks, authors and references: so a field with fields below it is followed only if it stands here. A leaf is a plain
 * value of what was reached before.
 */
import type { GithubWord } from "../../manifest/manifest.ts";

/** `open`: followed further. `reference`: to what may lie in another repository; its plain values alone. `actor`: somebody. */
export type Way = "open" | "reference" | "actor";

const open = `assignableUsers autoMergeRequest blob branchProtectionRule checkRuns checkSuite checkSuites codeOfConduct column
  comment commentEdge comments commit commits contactLinks contexts defaultBranchRef edges entries files history issue
  issueOrPullRequest issueTemplates issues label labelable labels languages latestRelease latestReviews licenseInfo mentionableUsers
  milestone milestones node nodes object pageInfo parents primaryLanguage project projectCards pullRequest pullRequestReview
  pullRequestTemplates pullRequests reactionGroups ref refs release releaseAssets releases repositoryTopics reviewRequests
  reviewThreads reviews status statusCheckRollup subject tag target thread topic tree workflow workflowRun`;

// An event of a timeline may be about a commit or an issue of another repository.
const reference = `baseRef baseRepository headRef headRepository mergeCommit parent potentialMergeCommit repository timelineItems`;

const actor = `actor assignable assignedActors assignee assignees author closedBy committer creator editor enabledBy
  headRepositoryOwner mergedBy organization owner participants requestedReviewer resolvedBy submittedBy suggestedReviewers tagger
  user users`;

const split = (text: string): readonly string[] => text.split(/\s+/);

/** By the name of a field that has fields below it. */
export const ways: ReadonlyMap<string, Way> = new Map([
  ...split(open).map((name) => [name, "open"] as const),
  ...split(reference).map((name) => [name, "reference"] as const),
  ...split(actor).map((name) => [name, "actor"] as const),
]);

/** What may stand, with plain values alone, below a reference or somebody. */
export const lastWays: ReadonlySet<string> = new Set(
  split(
    "actor author branchProtectionRule defaultBranchRef edges node nodes organization owner pageInfo target user",
  ),
);

/** Values that are credentials themselves, such as `tempCloneToken`. */
export function isSecretLeaf(name: string): boolean {
  return /token|secret|password/i.test(name);
}

/** Fields of a query's root that need no proof. */
export const freeRoots: ReadonlySet<string> = new Set([
  "__schema",
  "__type",
  "__typename",
  "rateLimit",
]);

export interface Mutation {
  readonly word: Exclude<GithubWord, "read" | "actions" | "releases">;
  /** Input fields that say what is changed: one of them must be there, and each must lie in a granted repository. */
  readonly ids: readonly string[];
  /** Other input fields. */
  readonly may: readonly string[];
}

const change = (word: Mutation["word"], ids: string, may: string = ""): Mutation => ({
  word,
  ids: split(ids),
  may: ["clientMutationId", ...split(may)],
});

const review = "body event comments threads commitOID";

/** By name; each is granted by its word. */
export const mutations: ReadonlyMap<string, readonly Mutation[]> = new Map([
  ["addAssigneesToAssignable", [change("issues", "assignableId", "assigneeIds")]],
  ["addComment", [change("issues", "subjectId", "body"), change("pulls", "subjectId", "body")]],
  ["addLabelsToLabelable", [change("issues", "labelableId", "labelIds")]],
  ["addPullRequestReview", [change("pulls", "pullRequestId", review)]],
  [
    "addPullRequestReviewThread",
    [
      change(
        "pulls",
        "pullRequestId pullRequestReviewId",
        "body path line side startLine startSide subjectType",
      ),
    ],
  ],
  [
    "addPullRequestReviewThreadReply",
    [change("pulls", "pullRequestReviewThreadId pullRequestReviewId", "body")],
  ],
  [
    "addReaction",
    [change("issues", "subjectId", "content"), change("pulls", "subjectId", "content")],
  ],
  ["closeIssue", [change("issues", "issueId", "stateReason")]],
  ["closePullRequest", [change("pulls", "pullRequestId")]],
  ["convertPullRequestToDraft", [change("pulls", "pullRequestId")]],
  [
    "createIssue",
    [change("issues", "repositoryId", "assigneeIds body issueTemplate labelIds milestoneId title")],
  ],
  [
    "createPullRequest",
    [
      change(
        "pulls",
        "repositoryId headRepositoryId",
        "baseRefName body draft headRefName maintainerCanModify title",
      ),
    ],
  ],
  ["markPullRequestReadyForReview", [change("pulls", "pullRequestId")]],
  [
    "mergePullRequest",
    [
      change(
        "merge",
        "pullRequestId",
        "authorEmail commitBody commitHeadline expectedHeadOid mergeMethod",
      ),
    ],
  ],
  ["removeAssigneesFromAssignable", [change("issues", "assignableId", "assigneeIds")]],
  ["removeLabelsFromLabelable", [change("issues", "labelableId", "labelIds")]],
  [
    "removeReaction",
    [change("issues", "subjectId", "content"), change("pulls", "subjectId", "content")],
  ],
  ["reopenIssue", [change("issues", "issueId")]],
  ["reopenPullRequest", [change("pulls", "pullRequestId")]],
  ["requestReviews", [change("pulls", "pullRequestId", "union userIds")]],
  ["resolveReviewThread", [change("pulls", "threadId")]],
  ["submitPullRequestReview", [change("pulls", "pullRequestId pullRequestReviewId", "body event")]],
  ["unresolveReviewThread", [change("pulls", "threadId")]],
  ["updateIssue", [change("issues", "id", "assigneeIds body labelIds milestoneId state title")]],
  ["updateIssueComment", [change("issues", "id", "body"), change("pulls", "id", "body")]],
  [
    "updatePullRequest",
    [
      change(
        "pulls",
        "pullRequestId",
        "assigneeIds baseRefName body labelIds maintainerCanModify milestoneId state title",
      ),
    ],
  ],
]);
