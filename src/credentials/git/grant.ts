/** What a credential may do by git. */
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
