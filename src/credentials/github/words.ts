/** Which words of `can` name parts of the API. */
import type { GithubWord } from "../../manifest/manifest.ts";
import { githubTable } from "./api-table.ts";

/** All but `push:`. */
export function isGithubWord(word: string): word is GithubWord {
  return Object.hasOwn(githubTable, word);
}
