/** From the text of a manifest to checked data, or every fault of it at once. Pure: no file, no environment. */
import { BottleError } from "../errors/error.ts";
import { crossCheck } from "./cross-check.ts";
import { extendBottles } from "./extends.ts";
import type { Manifest } from "./manifest.ts";
import { parseTree } from "./parse.ts";
import type { ParsedText } from "./parse.ts";
import { manifestType } from "./schema.ts";
import { withHome } from "./with-home.ts";

export interface CheckOptions {
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
  { home = "/", hints = [] }: CheckOptions,
): Manifest {
  const tree = extendBottles(written, report);
  const body = manifestType.read(tree, report);
  crossCheck(tree, report, home);
  report.throwIfAny();
  if (body === undefined) throw noReason(file);
  return {
    version: body.version,
    file,
    bottles: new Map(body.bottles.map((bottle) => [bottle.name, withHome(bottle, home)])),
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
