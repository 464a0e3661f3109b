/** What the manifest says, for commands that start nothing. */
import { resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import { loadManifest } from "../manifest/load.ts";
import type { AgentSpec, BottleSpec, Manifest } from "../manifest/manifest.ts";
import { rungs } from "../manifest/rungs.ts";
import { chooseAgent } from "../plan/choose-agent.ts";
import type { RungFact } from "../plan/facts.ts";
import { chooseRung } from "../plan/ladder.ts";
import { manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";
import { usualBackend } from "./registry.ts";

/** `file` is what `--manifest` said; a project's own is that of the current folder. */
export function readManifest(host: Host, file: string | undefined): Promise<Manifest> {
  return loadManifest(manifestPlaces(host, file, resolve(host.cwd)));
}

/** Whether an agent could start here, as far as its rung goes. */
export type RungHere =
  | { readonly usable: true; readonly chosen: string; readonly reason: string }
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
  const facts = await Promise.all(rungs.map((rung) => factOf(host, rung)));
  const found = facts.filter((fact) => fact !== undefined);
  return { agent, bottle, here: rungHere(bottle, found) };
}

async function factOf(host: Host, rung: RungFact["rung"]): Promise<RungFact | undefined> {
  const backend = await usualBackend(rung, host);
  return backend === undefined ? undefined : { rung, availability: await backend.probe() };
}

function rungHere({ rung, minimumRung }: BottleSpec, facts: readonly RungFact[]): RungHere {
  try {
    const { chosen, reason } = chooseRung({ rung, minimum: minimumRung }, facts);
    return { usable: true, chosen, reason };
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    const reason = `${error.message} ${error.why ?? ""}`.trim();
    return { usable: false, reason, remedy: error.next };
  }
}
