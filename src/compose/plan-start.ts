/** From a command line to a plan: manifest, host, and, for a bottle elsewhere, what that place says of itself. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { Furniture, LaunchOrder } from "../lifecycle/control.ts";
import { loadManifest } from "../manifest/load.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { PlaceConnection } from "../places/ssh/connection.ts";
import type { HostFacts } from "../plan/facts.ts";
import { newId } from "../plan/id.ts";
import type { Plan } from "../plan/plan.ts";
import { resolvePlan, wantedIsolation } from "../plan/resolve.ts";
import { readFacts, withWished } from "./facts.ts";
import { hostPaths, manifestPlaces, runHome } from "./paths.ts";
import type { Host } from "./paths.ts";
import { preparedBottles } from "./prepared.ts";
import { roundPhase, sinceStart } from "./since-start.ts";

export interface StartRequest {
  readonly agent: string | undefined;
  readonly prompt: string | undefined;
  readonly headless: boolean;
  readonly rung: string | undefined;
  /** Instead of the manifest's. */
  readonly place?: string | undefined;
  readonly link?: string | undefined;
  readonly workspace: string | undefined;
  readonly manifest: string | undefined;
  readonly args: readonly string[];
  readonly terminal: LaunchOrder["terminal"];
  /** The id of a bottle that goes on; absent for a new one. */
  readonly resume?: string;
}

export interface PlannedStart {
  readonly plan: Plan;
  readonly furniture: Furniture;
  readonly terminal: LaunchOrder["terminal"];
  readonly phases: Readonly<Record<string, number>>;
  /** The bottle of the plan's id is in a record, and goes on. */
  readonly resume: boolean;
  /** The plan's id is that of a prepared bottle; whoever cannot have it needs another. */
  readonly borrowedId: boolean;
  /** To the place elsewhere that it is planned for, until everything is gathered. */
  readonly connection?: PlaceConnection | undefined;
}

/** Reads manifest and host; changes nothing, reads no secret. */
export async function planStart(host: Host, request: StartRequest): Promise<PlannedStart> {
  const loaded = performance.timeOrigin + performance.now() - host.startedAt;
  const workspace = resolve(host.cwd, request.workspace ?? ".");
  const [manifest, quick] = await Promise.all([
    loadManifest(manifestPlaces(host, request.manifest, workspace)),
    readFacts(host, workspace),
  ]);
  const wanted = wantedIsolation(manifest, request);
  const connection = wanted.place === "local" ? undefined : await openAsked(host, wanted.place);
  try {
    const planned = await planAt(host, request, manifest, quick, loaded, connection);
    return { ...planned, connection };
  } catch (error) {
    await connection?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** Only to ask: the bottle's own connection is its supervisor's. */
async function openAsked(host: Host, place: string): Promise<PlaceConnection> {
  const { openPlace } = await import("./place.ts");
  return openPlace({ env: host.env, runHome: runHome(host), place, ttlMs: 0 });
}

async function planAt(
  host: Host,
  request: StartRequest,
  manifest: Manifest,
  quick: HostFacts,
  loaded: number,
  connection: PlaceConnection | undefined,
): Promise<Omit<PlannedStart, "connection">> {
  const facts = await withWished(host, quick, wantedIsolation(manifest, request), connection);
  let prepared: string | undefined;
  const plan = resolvePlan(manifest, facts, {
    agent: request.agent,
    // What a bottle was told at its first start it need not be told again.
    prompt: request.resume === undefined ? request.prompt : (request.prompt ?? null),
    headless: request.headless,
    rung: request.rung,
    place: request.place,
    resumes: request.resume !== undefined,
    args: request.args,
    newId: (agent) => {
      prepared = request.resume === undefined ? preparedBottles(host, agent)[0]?.id : undefined;
      return request.resume ?? prepared ?? newId(agent, randomBytes);
    },
  });
  const resume = request.resume !== undefined;
  // Loaded for those that share something: every start waits for what is loaded here.
  if (plan.workspace.mode === "mount")
    await (await import("./mount.ts")).checkMountPlan(plan, hostPaths(host), host.uid);
  if (plan.engine !== undefined)
    await (
      await import("./engine.ts")
    ).checkEngine(plan, hostPaths(host).cacheDir, host.env["PATH"]);
  const credentials = plan.credentials.some(({ kind }) => kind === "registry")
    ? await (await import("./npm-registry.ts")).withRegistries(host, plan.credentials)
    : plan.credentials;
  const { furniture, hints } = sharesNothing(plan)
    ? { furniture: nothingShared, hints: [] }
    : await (await import("./furniture.ts")).readFurniture(host, plan, resume);
  return {
    resume,
    borrowedId: prepared !== undefined,
    plan: { ...plan, credentials, hints: [...plan.hints, ...hints] },
    furniture,
    terminal: request.terminal,
    phases: { loaded: roundPhase(loaded), planned: sinceStart(host) },
  };
}

function sharesNothing({ mounts, caches, git, agent }: Plan): boolean {
  const lists = [mounts, caches, agent.skills, agent.bring];
  return git.kind === "none" && lists.every((list) => list.length === 0);
}

const nothingShared: Furniture = {
  mounts: [],
  forests: [],
  env: {},
  seeds: [],
  author: null,
  brought: null,
};
