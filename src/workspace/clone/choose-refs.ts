/** Which refs, and so whose history, come along. */
import { globs } from "../glob.ts";
import type { ConfigEntry } from "./config-file.ts";
import type { Refs } from "./refs.ts";

export type RefChoice = "all" | "current" | readonly string[];

export interface ChosenRefs {
  readonly ids: ReadonlyMap<string, string>;
  readonly symbolic: ReadonlyMap<string, string>;
}

/** What HEAD stands at always comes along: without it the copy would be another repository. */
export function chooseRefs(
  refs: Refs,
  choice: RefChoice,
  config: readonly ConfigEntry[],
): ChosenRefs {
  if (choice === "all") return { ids: refs.ids, symbolic: leading(refs, refs.ids) };
  const wanted = new Set(choice === "current" ? upstreamOf(refs, config) : named(refs, choice));
  if (refs.head.kind === "branch") wanted.add(refs.head.ref);
  for (const [ref, target] of refs.symbolic) if (wanted.has(ref)) wanted.add(target);
  const ids = new Map([...refs.ids].filter(([ref]) => wanted.has(ref)));
  return { ids, symbolic: leading(refs, ids) };
}

/** Symbolic refs whose target comes along; git complains of the others. */
function leading(
  { symbolic }: Refs,
  ids: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return new Map([...symbolic].filter(([, target]) => ids.has(target)));
}

/** By short name: `main`, `v1.2`, `origin/main`. */
function named(refs: Refs, patterns: readonly string[]): readonly string[] {
  const chosen = globs(patterns);
  return [...refs.ids.keys(), ...refs.symbolic.keys()].filter((ref) =>
    chosen.names(ref.split("/").slice(2).join("/")),
  );
}

/** The remote branch that the checked-out one follows (git-config(1), branch.<name>.merge). */
function upstreamOf({ head }: Refs, config: readonly ConfigEntry[]): readonly string[] {
  if (head.kind !== "branch") return [];
  const branch = head.ref.slice("refs/heads/".length);
  const last = (section: string, subsection: string, key: string): string | undefined =>
    config.findLast(
      (entry) => entry.section === section && entry.subsection === subsection && entry.key === key,
    )?.value;
  const remote = last("branch", branch, "remote");
  const merge = last("branch", branch, "merge");
  if (remote === undefined || merge === undefined) return [];
  if (remote === ".") return [merge];
  return config
    .filter(
      ({ section, subsection, key }) =>
        section === "remote" && subsection === remote && key === "fetch",
    )
    .flatMap(({ value = "" }) => mapped(merge, value));
}

/** `+refs/heads/*:refs/remotes/origin/*` (git-fetch(1), "refspec"). */
function mapped(ref: string, refspec: string): readonly string[] {
  const [from = "", to = ""] = refspec.replace(/^\+/, "").split(":");
  if (from === ref) return [to];
  const [before = "", after] = from.split("*");
  if (after === undefined || ref.length < before.length + after.length) return [];
  if (!ref.startsWith(before) || !ref.endsWith(after)) return [];
  return [to.replace("*", () => ref.slice(before.length, ref.length - after.length))];
}
