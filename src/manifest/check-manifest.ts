/** From the text of a manifest to checked data, or every fault of it at once. Pure: no file, no environment. */
import { dirname } from "node:path";
import { BottleError } from "../errors/error.ts";
import { crossCheck } from "./cross-check.ts";
import type { OwnersBottles } from "./cross-check.ts";
import { extendBottles } from "./extends.ts";
import type { Manifest } from "./manifest.ts";
import { parseTree } from "./parse.ts";
import type { ParsedText } from "./parse.ts";
import { resolvePaths } from "./resolve-paths.ts";
import { manifestType, projectType } from "./schema.ts";

export interface CheckOptions {
  /** It is a project's file, whose agents may also run in these bottles of the owner's. */
  readonly project?: OwnersBottles;
  /** What `~` stands for; no mount may reveal it. */
  readonly home?: string;
  readonly hints?: readonly string[];
}

/** `file` is for messages and for the manifest's own record of where it came from. */
export function checkManifest(file: string, text: string, options: CheckOptions = {}): Manifest {
  return checkTree(file, parseTree(file, text), options);
}

/** The same for a text that was parsed already. */
export function checkTree(
  file: string,
  { tree: written, report }: ParsedText,
  { home = "/", hints = [], project }: CheckOptions,
): Manifest {
  const tree = extendBottles(written, report);
  const body = (project === undefined ? manifestType : projectType).read(tree, report);
  crossCheck(tree, report, { home, owners: project });
  report.throwIfAny();
  if (body === undefined) throw noReason(file);
  const places = { home, folder: dirname(file) };
  return {
    version: body.version,
    file,
    bottles: new Map(body.bottles.map((bottle) => [bottle.name, resolvePaths(bottle, places)])),
    agents: new Map(body.agents.map((agent) => [agent.name, agent])),
    hints,
  };
}

/** A fault that no check reported would be one of ours. */
export function noReason(file: string): BottleError {
  return new BottleError({
    code: "E_INTERNAL",
    what: "The manifest was refused without a reason.",
    place: { file },
  });
}
