/** A project's manifest from its text to checked data, under the rules that hold for it. */
import { checkTree } from "../check-manifest.ts";
import type { Manifest } from "../manifest.ts";
import { parseTree } from "../parse.ts";
import { isV1 } from "../v1/detect.ts";
import { projectRules } from "./rules.ts";
import type { RuleContext } from "./rules.ts";

export interface ProjectContext extends RuleContext {
  readonly home: string;
}

/** Throws `BottleErrors` for faults and for broken rules, each with its place. */
export async function checkProject(
  file: string,
  text: string,
  context: ProjectContext,
): Promise<Manifest> {
  const parsed = parseTree(file, text);
  const bottles = [...(context.user?.bottles.values() ?? [])];
  const owners = {
    open: bottles.filter(({ projectAgents }) => projectAgents).map(({ name }) => name),
    closed: bottles.filter(({ projectAgents }) => !projectAgents).map(({ name }) => name),
  };
  const options = { home: context.home, project: owners };
  const manifest = isV1(file, parsed.tree)
    ? (await import("../v1/check.ts")).checkV1(file, parsed, options)
    : checkTree(file, parsed, options);
  projectRules(manifest, parsed.tree, parsed.report, context);
  parsed.report.throwIfAny();
  return manifest;
}
