/** git as the way back runs it: what fails is an error of apply. */
import { runGit as run } from "../git.ts";
import type { GitOptions, GitResult } from "../git.ts";
import { gitFailed } from "./errors.ts";

export { writeTo } from "../git.ts";
export type { GitOptions, GitResult } from "../git.ts";

export function runGit(options: GitOptions): Promise<GitResult> {
  return run(options, gitFailed);
}
