/** From the tree of an old manifest to checked data: the same faults, the same places. */
import { crossCheck } from "../cross-check.ts";
import { noReason } from "../check-manifest.ts";
import type { CheckOptions } from "../check-manifest.ts";
import type { Manifest } from "../manifest.ts";
import type { ParsedText } from "../parse.ts";
import type { Report } from "../report.ts";
import { bottle } from "../schema-bottle.ts";
import { refuseTwins } from "../schema-credentials.ts";
import type { Tree } from "../tree.ts";
import { lookUp } from "../tree.ts";
import { credentialsOf } from "./credentials.ts";
import { agentOf, bottleOf, hintsOf } from "./convert.ts";
import { oldManifest } from "./schema.ts";
import type { OldBottle } from "./schema.ts";

/** A bottle that says nothing: where the defaults come from. */
const nothing: Tree = { kind: "map", at: 0, entries: [] };

export function checkV1(
  file: string,
  { tree, report }: ParsedText,
  { home = "/", hints = [], project }: CheckOptions = {},
): Manifest {
  const body = oldManifest.read(tree, report);
  const rest = bottle.read(nothing, report);
  crossCheck(tree, report, { home, owners: project });
  for (const old of body?.bottles ?? []) refuseTwinRoutes(old, tree, report);
  report.throwIfAny();
  if (body === undefined || rest === undefined) throw noReason(file);
  return {
    version: 1,
    file,
    bottles: new Map(body.bottles.map((old) => [old.name, bottleOf(old, rest)])),
    agents: new Map(body.agents.map((old) => [old.name, agentOf(old)])),
    hints: [...hintsOf(body), ...hints],
  };
}

function refuseTwinRoutes(
  { name, cred_proxy: { routes } }: OldBottle,
  tree: Tree,
  report: Report,
): void {
  const made = credentialsOf(routes);
  const proxy = lookUp(lookUp(lookUp(tree, "bottles"), name), "cred_proxy");
  const written = lookUp(proxy, "routes");
  const items = written?.kind === "list" ? written.items : [];
  refuseTwins(
    made.map(({ spec }) => spec),
    (index) => items[made[index]?.route ?? 0]?.at ?? tree.at,
    report,
  );
}
