/**
 * What must be done to a folder of a record so that it is as a bottle left it: found while an archive comes in, done when all of it
 * is there. Files that are as they were are not touched: their times say so to whoever compares.
 */

/** Paths are from the folder's top, one character a byte. */
export type Step =
  | { readonly do: "remove"; readonly path: string }
  | { readonly do: "folder"; readonly path: string; readonly mode: number }
  /** `staged`: its name in the staging folder. */
  | { readonly do: "put"; readonly path: string; readonly staged: string }
  | { readonly do: "same-file"; readonly path: string; readonly to: string }
  | {
      readonly do: "touch";
      readonly path: string;
      readonly mode: number;
      /** Seconds since the epoch. */
      readonly modified: number;
    };

/** Steps in the order in which they are done. */
export const order: readonly Step["do"][] = ["remove", "folder", "put", "same-file", "touch"];
