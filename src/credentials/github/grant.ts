/** What a github credential grants, and how a refusal says so. */
import type { Verdict } from "../../gateway/config.ts";
import type { GithubWord } from "../../manifest/manifest.ts";

export interface GithubGrant {
  /** `owner/name`. */
  readonly repos: readonly string[];
  readonly words: readonly GithubWord[];
  /** Globs of branches. */
  readonly push: readonly string[];
}

/** GitHub takes names whatever the case of their letters, and answers in its own. */
export function isGranted({ repos }: GithubGrant, repository: string): boolean {
  const lower = repository.toLowerCase();
  return repos.some((one) => one.toLowerCase() === lower);
}

export function notForRepository({ repos }: GithubGrant): string {
  const named = repos.length > 3 ? `${repos.slice(0, 3).join(", ")} and others` : repos.join(", ");
  return `The credential is not for this repository, but for ${named}.`;
}

export function githubRefusal(message: string): Verdict {
  return { ok: false, code: "credential-rule", message };
}
