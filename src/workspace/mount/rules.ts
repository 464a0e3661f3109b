/** The tables of protected paths, ready for a walk, with what the owner and the folder itself add to them. */
import { nameOf } from "../names.ts";
import { gitPaths } from "../protected/git-paths.ts";
import { Matcher } from "../protected/matcher.ts";
import { protectedPaths } from "../protected/table.ts";
import { toldPaths } from "../protected/told-paths.ts";

export interface Rules {
  readonly table: Matcher;
  /** Globs of the manifest's `protect`, and paths that something protected leads to. */
  readonly yours: Matcher;
  readonly told: Matcher;
  /** Below a git folder. */
  readonly git: Matcher;
}

/** `protect` as the manifest has it; `paths` as names.ts has them, without any meaning of stars. */
export function rulesFor(protect: readonly string[]): Rules {
  return {
    table: new Matcher(protectedPaths),
    yours: new Matcher([{ kind: "yours", where: "top", paths: protect.map(nameOf) }]),
    told: new Matcher(toldPaths),
    git: new Matcher([{ kind: "git", where: "top", paths: gitPaths }]),
  };
}
