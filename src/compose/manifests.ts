/** What the manifest says, for commands that start nothing. */
import { resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import { loadManifest } from "../manifest/load.ts";
import type { AgentSpec, BottleSpec, Manifest } from "../manifest/manifest.ts";
import { chooseAgent } from "../plan/choose-agent.ts";
import { chooseRung } from "../plan/ladder.ts";
import type { LadderFacts } from "../plan/ladder.ts";
import type { RungChoice } from "../plan/plan.ts";
import { everyRung } from "./facts.ts";
import { manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";
import { builtRungs } from "./registry.ts";

/** `file` is what `--manifest` said; a project's own is that of the current folder. */
export function readManifest(host: Host, file: string | undefined): Promise<Manifest> {
  return loadManifest(manifestPlaces(host, file, resolve(host.cwd)));
}

/** Whether an agent could start here, as far as its rung goes. */
export type RungHere =
  | ({ readonly usable: true } & RungChoice)
  | { readonly usable: false; readonly reason: string; readonly remedy: string | undefined };

export interface AgentInfo {
  readonly agent: AgentSpec;
  readonly bottle: BottleSpec;
  readonly here: RungHere;
}

/** One agent, its bottle, and whether this host has its rung. */
export async function inspectAgent(
  host: Host,
  manifest: Manifest,
  name: string | undefined,
): Promise<AgentInfo> {
  const { agent, bottle } = chooseAgent(manifest, name);
  return { agent, bottle, here: rungHere(bottle, await ladderHere(host)) };
}

/** Every agent of the manifest, as far as its rung goes; nobody is asked where none is there. */
export async function inspectRungs(
  host: Host,
  { agents, bottles }: Manifest,
): Promise<ReadonlyMap<string, RungHere>> {
  const used = [...agents.values()].flatMap(({ bottle }) => bottles.get(bottle) ?? []);
  if (used.length === 0) return new Map();
  const facts = await ladderHere(host);
  return new Map(used.map((bottle) => [bottle.name, rungHere(bottle, facts)]));
}

async function ladderHere(host: Host): Promise<LadderFacts> {
  return { rungs: await everyRung(host), built: builtRungs };
}

function rungHere({ rung, minimumRung, image }: BottleSpec, facts: LadderFacts): RungHere {
  try {
    const wish = { rung, minimum: minimumRung, image: image.kind !== "default" };
    return { usable: true, ...chooseRung(wish, facts) };
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    const reason = `${error.message} ${error.why ?? ""}`.trim();
    return { usable: false, reason, remedy: error.next };
  }
}
