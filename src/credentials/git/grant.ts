/** What a credential may do by git. */
import type { GitUse } from "../../manifest/manifest.ts";
import { pushGlobs } from "../grants.ts";

export interface GitGrant {
  /** The path of the service's URL; empty, or `/prefix`. */
  readonly basePath: string;
  /** `owner/name`, without `.git`. */
  readonly repos: readonly string[];
  readonly read: boolean;
  /** Globs of branches; empty: nothing may be pushed. */
  readonly push: readonly string[];
  /** Bytes of a push. */
  readonly maxPush: number;
  /** Large files (git-lfs). */
  readonly lfs: "none" | "read" | "write";
}

/** `basePath`: of the service's URL. */
export function gitGrantOf(
  { repos, can, maxPush, lfs }: GitUse & { readonly can: readonly string[] },
  basePath: string,
): GitGrant {
  return { basePath, repos, read: can.includes("read"), push: pushGlobs(can), maxPush, lfs };
}
