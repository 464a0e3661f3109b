/** A package cache of this host that a bottle may read. What a bottle adds is its own, and no other bottle ever reads it. */

export interface CacheHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The owner's home. */
  readonly home: string;
  /** First line of what a program of the owner prints; undefined if it is not there or fails. */
  readonly ask: (argv: readonly string[]) => Promise<string | undefined>;
}

export interface SharedCache {
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
  readonly env?: Readonly<Record<string, string>>;
  readonly seeds?: readonly { readonly path: string; readonly content: string }[];
  /** For programs that must be able to write to their cache: see forest.ts. */
  readonly forests?: readonly {
    readonly source: string;
    readonly target: string;
    readonly home: string;
    readonly linked: readonly string[];
    readonly copied: readonly string[];
  }[];
}

/** Finds one cache; undefined where this host has none. */
export type FindCache = (host: CacheHost) => Promise<SharedCache | undefined>;

/** Where caches are inside. */
export function insideCache(name: string): string {
  return `/opt/claude-bottle/cache/${name}`;
}
