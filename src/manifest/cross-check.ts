/** Checks across the manifest that no single value shows; they work on the tree, so that they hold beside other faults. */
import { closest } from "./closest.ts";
import { expandHome } from "./formats/local-path.ts";
import type { BottleSpec, RungName } from "./manifest.ts";
import { privateSource } from "./private-source.ts";
import { quote } from "./quote.ts";
import type { Report } from "./report.ts";
import { rungs, strength } from "./rungs.ts";
import type { Tree } from "./tree.ts";
import { lookUp } from "./tree.ts";

/** Bottles of the owner's that a project's agents may run in, and those that they may not. */
export interface OwnersBottles {
  readonly open: readonly string[];
  readonly closed: readonly string[];
}

export interface Surroundings {
  readonly home: string;
  readonly owners: OwnersBottles | undefined;
}

/** Reports agents in bottles that are not there, bottles whose rung is below their own minimum, and mounts of private folders. */
export function crossCheck(tree: Tree, report: Report, { home, owners }: Surroundings): void {
  const bottles = lookUp(tree, "bottles");
  const agents = lookUp(tree, "agents");
  const own = bottles?.kind === "map" ? bottles.entries.map((entry) => entry.key) : [];
  const names = [...own, ...(owners?.open ?? [])];
  for (const agent of agents?.kind === "map" ? agents.entries : []) {
    const named = lookUp(agent.value, "bottle");
    if (
      named?.kind !== "scalar" ||
      typeof named.value !== "string" ||
      named.refused ||
      names.includes(named.value)
    )
      continue;
    if (owners?.closed.includes(named.value) === true) {
      report.add(named.at, {
        code: "E_PROJECT_RULE",
        what: `Your bottle ${quote(named.value)} is not open to the agents of projects.`,
        next: "Write projectAgents: true in it, in your own manifest, if any project's agent may run there.",
      });
      continue;
    }
    const near = closest(named.value, names);
    report.add(named.at, {
      code: "E_MANIFEST_BOTTLE",
      what: `The bottle ${quote(named.value)} of agent ${quote(agent.key)} is not defined.`,
      next: near === undefined ? "Define it under bottles." : `Did you mean ${quote(near)}?`,
    });
  }
  for (const bottle of bottles?.kind === "map" ? bottles.entries : []) {
    checkRungs(bottle.value, report);
    checkMounts(bottle.value, report, home);
  }
}

function checkRungs(bottle: Tree, report: Report): void {
  const [rung, minimum] = [rungOf(bottle, "rung"), rungOf(bottle, "minimumRung")];
  if (minimum === undefined || strength[rung?.name ?? "namespace"] >= strength[minimum.name])
    return;
  if (rung === undefined && scalarText(lookUp(bottle, "rung")) !== undefined) return; // auto, or a fault reported elsewhere
  report.add((rung ?? minimum).at, {
    code: "E_MANIFEST_CONFLICT",
    what: `The rung ${rung?.name ?? "namespace"} is weaker than the minimum ${minimum.name}.`,
    next: "Raise the rung, or write rung: auto.",
  });
}

function checkMounts(bottle: Tree, report: Report, home: string): void {
  const mounts = lookUp(bottle, "mounts");
  for (const mount of mounts?.kind === "list" ? mounts.items : []) {
    const source = lookUp(mount, "source");
    const path = scalarText(source);
    if (source === undefined || path === undefined) continue;
    const why = privateSource(expandHome(path, home), home);
    if (why === undefined) continue;
    report.add(source.at, {
      code: "E_MANIFEST_VALUE",
      what: `The source ${quote(path)} ${why}.`,
      next: "Name a folder that holds nothing but what the agent shall read.",
    });
  }
}

function rungOf(
  bottle: Tree,
  key: keyof BottleSpec,
): { readonly name: RungName; readonly at: number } | undefined {
  const tree = lookUp(bottle, key);
  const name = rungs.find((known) => known === scalarText(tree));
  return name === undefined || tree === undefined ? undefined : { name, at: tree.at };
}

function scalarText(tree: Tree | undefined): string | undefined {
  return tree?.kind === "scalar" && typeof tree.value === "string" ? tree.value : undefined;
}
