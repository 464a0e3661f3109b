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
  return { agent, bottle, here: rungHere(bottle, await ladderHere(host, bottle.link)) };
}

/** Every agent of the manifest, as far as its rung goes. */
export async function inspectRungs(
  host: Host,
  { agents, bottles }: Manifest,
): Promise<ReadonlyMap<string, RungHere>> {
  const used = [...agents.values()].flatMap(({ bottle }) => bottles.get(bottle) ?? []);
  const links = [...new Set(used.map(({ link }) => link))];
  const facts = new Map(
    await Promise.all(links.map(async (link) => [link, await ladderHere(host, link)] as const)),
  );
  const nothing = { rungs: [], built: [] };
  return new Map(
    used.map((bottle) => [bottle.name, rungHere(bottle, facts.get(bottle.link) ?? nothing)]),
  );
}

async function ladderHere(host: Host, link: BottleSpec["link"]): Promise<LadderFacts> {
  return { rungs: await everyRung(host, link), built: builtRungs };
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
