/** What a plan needs to know about this host: probed rungs, how limits hold, and the workspace's real path. */
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { LinkName, RungName } from "../manifest/manifest.ts";
import type { PlaceConnection } from "../places/ssh/connection.ts";
import type { PlaceFacts } from "../places/ssh/facts.ts";
import type { HostFacts, PlaceFact, RungFact } from "../plan/facts.ts";
import type { WantedIsolation } from "../plan/resolve.ts";
import { homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";
import { backendFor, builtRungs, defaultRung, linksOf } from "./registry.ts";
import type { BackendHost } from "./registry.ts";
import { factOf } from "./rung-fact.ts";

/** The host's own defaults stand in for the bottle's values; the plan puts those in. */
const anyLimits = { cpus: 1, memory: 1024 ** 3, pids: 128, disk: 1024 ** 3 };

/** Milliseconds for the rung that a start is for; a daemon under load takes seconds. */
const namedPatience = 20_000;
/** For one that may be passed by: a start that has others does not wait for a daemon that hangs. */
export const passingPatience = 4_000;

/** Reads only; `workspace` is an absolute path. Of the rungs it looks at the default one, which costs nothing. */
export async function readFacts(host: Host, workspace: string): Promise<HostFacts> {
  const [facts, source, home] = await Promise.all([
    rungFacts(host, ["namespace"], namedPatience),
    realWorkspace(workspace),
    realpath(homeOf(host)).catch(() => homeOf(host)),
  ]);
  return {
    rungs: facts,
    built: builtRungs,
    workspace: { source, git: await exists(join(source, ".git")) },
    home,
  };
}

/**
 * The same facts with those that this wish needs, all with its link where it has one: of every rung where one is to be chosen or
 * where there is a minimum to say who reaches it, else of the named one alone. Whoever asks for the default ones waits for no daemon.
 */
export async function withWished(
  host: Host,
  facts: HostFacts,
  { rung, minimum, link, place }: WantedIsolation,
  connection?: PlaceConnection,
): Promise<HostFacts> {
  const here = { ...host, socket: connection?.socket };
  const every = rung === "auto" || minimum !== defaultRung;
  // What this machine has says nothing of another.
  const known =
    place === "local" ? facts.rungs.filter((fact) => link === undefined || fact.link === link) : [];
  const others = builtRungs.filter(
    (one) => known.every((fact) => fact.rung !== one) && (every || one === rung),
  );
  const named = others.filter((one) => one === rung);
  const passing = others.filter((one) => one !== rung);
  const found = await Promise.all([
    rungFacts(here, named, namedPatience, link, place),
    rungFacts(here, passing, passingPatience, link, place),
  ]);
  return {
    ...facts,
    rungs: [...known, ...found.flat()],
    ...(connection !== undefined && { place: placeFact(connection.facts) }),
  };
}

/** What every rung that this version has says of itself here; none of them keeps the others waiting. */
export function everyRung(
  host: BackendHost,
  link?: LinkName,
  place?: string,
): Promise<readonly RungFact[]> {
  return rungFacts(host, builtRungs, passingPatience, link, place);
}

function placeFact({ user, system, machine, clockAhead }: PlaceFacts): PlaceFact {
  return { user, machine: `${system} ${machine}`, clockAhead };
}

async function rungFacts(
  host: BackendHost,
  wanted: readonly RungName[],
  patience: number,
  link?: LinkName,
  place = "local",
): Promise<readonly RungFact[]> {
  const facts = await Promise.all(
    wanted.map((rung) => rungFact(rung, host, patience, place, link)),
  );
  return facts.filter((fact) => fact !== undefined);
}

async function rungFact(
  rung: RungName,
  host: BackendHost,
  patience: number,
  place: string,
  wanted?: LinkName,
): Promise<RungFact | undefined> {
  const [first] = linksOf(rung);
  if (first === undefined) return undefined;
  const [own] = linksOf(rung, place);
  if (own === undefined) {
    const availability = {
      available: false,
      reason: "it is of this machine alone",
      remedy: "Use runc, or the place local.",
    } as const;
    return { rung, link: first, availability };
  }
  const link = wanted ?? own;
  const backend = await backendFor({ rung, link, place }, host);
  if (backend !== undefined) {
    const fact = { ...(await factOf(backend, anyLimits, patience)), link };
    return (await otherWay(fact, host, patience, place, wanted)) ?? fact;
  }
  const remedy = `Use its own link, ${own}, or another rung.`;
  const availability = { available: false, reason: `it has no link ${link}`, remedy } as const;
  return { rung, link, availability };
}

/** The fact of the way that is left; none where a link was named that is not that one. */
async function otherWay(
  { rung, availability: found }: RungFact,
  host: BackendHost,
  patience: number,
  place: string,
  wanted: LinkName | undefined,
): Promise<RungFact | undefined> {
  if (found.available || found.instead === undefined) return undefined;
  const { link, ownUsers } = found.instead;
  if ((wanted ?? link) !== link) return undefined;
  const backend = await backendFor({ rung, link, place, ownUsers }, host);
  if (backend === undefined) return undefined;
  const fact = await factOf(backend, anyLimits, patience);
  return {
    ...fact,
    link,
    ...(ownUsers && { ownUsers }),
    ...(wanted === undefined && { linkReason: found.reason }),
  };
}

async function realWorkspace(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return realpath(path);
  throw new BottleError({
    code: "E_PLAN_WORKSPACE",
    what: found === undefined ? "The workspace is not there." : "The workspace is not a folder.",
    next: "Start in a project's folder, or name one with --workspace DIR.",
    place: { file: path },
  });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
