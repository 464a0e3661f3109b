/** How credentials are written: by preset, or in the words of one host. A new preset is one line here. */
import { list } from "./check/collection.ts";
import { byWord } from "./check/by-word.ts";
import { byKey, refine } from "./check/object.ts";
import type { Type } from "./check/type.ts";
import { credentialAuthority } from "./authority.ts";
import type { CredentialSpec } from "./manifest.ts";
import type { Report } from "./report.ts";
import { git, gitea } from "./schema-git.ts";
import { github } from "./schema-github.ts";
import { basic, header, query } from "./schema-generic.ts";
import { registry } from "./schema-registry.ts";
import { anthropic, gemini, openai } from "./schema-models.ts";

/** Presets that DESIGN names and that come later. */
const laterPresets = ["gitlab"] as const;

const preset: Type<CredentialSpec> = byWord(
  "a credential",
  "preset",
  { anthropic, gemini, git, gitea, github, openai, registry },
  laterPresets,
);

export const credentials: Type<readonly CredentialSpec[]> = refine(
  list(
    byKey(
      "a credential",
      "preset",
      preset,
      byKey("a credential", "basic", basic, byKey("a credential", "query", query, header)),
    ),
  ),
  (specs, tree, report) => {
    const placeOf = (index: number): number =>
      tree.kind === "list" ? (tree.items[index]?.at ?? tree.at) : tree.at;
    const stale = refuseStale(specs, placeOf, report);
    return refuseTwins(specs, placeOf, report) || stale ? undefined : specs;
  },
);

/** A variable of the owner's shell never changes, and nobody is asked while a bottle runs. */
function refuseStale(
  specs: readonly CredentialSpec[],
  placeOf: (index: number) => number,
  report: Report,
): boolean {
  let stale = false;
  for (const [index, { refresh, secret }] of specs.entries()) {
    const { kind } = secret.source;
    if (refresh === undefined || (kind !== "env" && kind !== "prompt")) continue;
    stale = true;
    report.add(placeOf(index), {
      code: "E_MANIFEST_CONFLICT",
      what: `A secret from ${kind}: is read at the start alone, and refresh stands beside it.`,
      next: "Remove refresh, or keep the secret in a file, a keychain or behind a command.",
    });
  }
  return stale;
}

/** No two credentials may claim one authority: the gateway would have to guess. True if two do, and that is reported. */
export function refuseTwins(
  specs: readonly CredentialSpec[],
  placeOf: (index: number) => number,
  report: Report,
): boolean {
  const claimed = new Map<string, number>();
  let twins = false;
  for (const [index, spec] of specs.entries()) {
    for (const authority of credentialAuthority(spec)) {
      const first = claimed.get(authority);
      claimed.set(authority, first ?? index);
      if (first === undefined || first === index) continue;
      twins = true;
      report.add(placeOf(index), {
        code: "E_MANIFEST_CONFLICT",
        what: `Two credentials are for ${authority}.`,
        next: "Keep one of the two.",
      });
      break;
    }
  }
  return twins;
}
