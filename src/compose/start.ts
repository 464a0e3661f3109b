/** From a command line to a running bottle: manifest, plan, agent, secrets, order. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { InstalledAgent } from "../lifecycle/agent.ts";
import type { Furniture, LaunchOrder } from "../lifecycle/control.ts";
import { openSession } from "../lifecycle/session.ts";
import { callSupervisor, orderPreparation } from "../lifecycle/visit.ts";
import type { Session, SessionOutput } from "../lifecycle/session.ts";
import type { SpawnedSupervisor } from "../lifecycle/spawn.ts";
import { loadManifest } from "../manifest/load.ts";
import type { Plan } from "../plan/plan.ts";
import { newId } from "../plan/id.ts";
import { resolvePlan, wantedIsolation } from "../plan/resolve.ts";
import { readFacts, withWished } from "./facts.ts";
import { controlSocket, hostPaths, manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";
import { fingerprintOf, preparedBottles, preparedTarget } from "./prepared.ts";
import type { PreparedBottle } from "./prepared.ts";
import { providerFor } from "./registry.ts";
import { backendEnvironment, prepareImage } from "./system.ts";
import { readValues } from "./values.ts";
import type { Values } from "./values.ts";

export interface StartRequest {
  readonly agent: string | undefined;
  readonly prompt: string | undefined;
  readonly headless: boolean;
  readonly rung: string | undefined;
  /** Instead of the manifest's. */
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
}

/** Reads manifest and host; changes nothing, reads no secret. */
export async function planStart(host: Host, request: StartRequest): Promise<PlannedStart> {
  const loaded = performance.timeOrigin + performance.now() - host.startedAt;
  const workspace = resolve(host.cwd, request.workspace ?? ".");
  const [manifest, quick] = await Promise.all([
    loadManifest(manifestPlaces(host, request.manifest, workspace)),
    readFacts(host, workspace),
  ]);
  const facts = await withWished(host, quick, wantedIsolation(manifest, request));
  let prepared: string | undefined;
  const plan = resolvePlan(manifest, facts, {
    agent: request.agent,
    // What a bottle was told at its first start it need not be told again.
    prompt: request.resume === undefined ? request.prompt : (request.prompt ?? null),
    headless: request.headless,
    rung: request.rung,
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
    phases: { loaded: round(loaded), planned: sinceStart(host) },
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

function noTerminal(): BottleError {
  return new BottleError({
    code: "E_NO_TERMINAL",
    what: "An interactive agent needs a terminal, and there is none here.",
    next: "Say --headless with --prompt TEXT to run without one.",
  });
}

export interface LaunchIo {
  /** Absent where nobody can answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** The same for secrets: what is typed is not shown. */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
  readonly progress: (line: string) => void;
  readonly output: SessionOutput;
}

/** What a plan needs and does not hold: the installed agent, the image, and every value that is read at the start. */
export interface StartInputs {
  readonly agent: InstalledAgent;
  /** Null on a rung without images. */
  readonly image: string | null;
  readonly values: Values;
}

/** Installs the agent if need be, reads the secrets, asks the questions: once, for however many bottles of this plan. */
export async function gatherInputs(
  host: Host,
  planned: PlannedStart,
  io: Omit<LaunchIo, "output">,
): Promise<StartInputs> {
  const { plan } = planned;
  if (plan.agent.provider !== "shell" && !plan.headless && planned.terminal === null)
    throw noTerminal();
  const installing: Promise<InstalledAgent> = providerFor(plan.agent.provider).then((provider) =>
    provider.install({ cacheDir: hostPaths(host).cacheDir, progress: io.progress }),
  );
  const preparing = prepareImage(host, plan, io.progress);
  const before = Promise.all([installing, preparing]).then(() => undefined);
  const [agent, image, values] = await Promise.all([
    installing,
    preparing,
    readValues(host, plan, { ...io, before }),
  ]);
  return { agent, image, values };
}

/** The same plan for one more bottle. */
export function anotherBottle(planned: PlannedStart): PlannedStart {
  const { plan } = planned;
  const id = newId(plan.agent.name, randomBytes);
  return { ...planned, borrowedId: false, plan: { ...plan, id } };
}

/**
 * Installs the agent if need be, reads the secrets, and has the bottle: one that was prepared for just this boundary, or a new
 * one of the supervisor that `spawn` gives.
 */
export async function launchPlanned(
  host: Host,
  planned: PlannedStart,
  spawn: () => SpawnedSupervisor,
  io: LaunchIo,
): Promise<Session> {
  const inputs = await gatherInputs(host, planned, io);
  return orderBottle(host, planned, inputs, spawn, io.output);
}

/** Orders one bottle with what was gathered. */
export async function orderBottle(
  host: Host,
  planned: PlannedStart,
  inputs: StartInputs,
  spawn: () => SpawnedSupervisor,
  output: SessionOutput,
): Promise<Session> {
  const { plan } = planned;
  if (!planned.resume && plan.workspace.mode === "clone") {
    const prepared = preparedBottles(host, plan.agent.name);
    const claimed = await claimPrepared(host, planned, inputs, prepared, output);
    if (claimed !== undefined) return claimed;
    // The id that was shown is another bottle's, which cannot be had.
    if (planned.borrowedId) planned = anotherBottle(planned);
  }
  const supervisor = spawn();
  // From here on the supervisor lives by its bottle; this process may go before it.
  supervisor.process.unref();
  return openSession(supervisor.stream, orderOf(host, planned, inputs, null), output);
}

async function claimPrepared(
  host: Host,
  planned: PlannedStart,
  inputs: StartInputs,
  prepared: readonly PreparedBottle[],
  output: SessionOutput,
): Promise<Session | undefined> {
  if (prepared.length === 0) return undefined;
  const { plan, terminal } = planned;
  const claim = fingerprintOf(host, planned, inputs, terminal !== null);
  for (const { id, fingerprint, target } of prepared) {
    if (fingerprint !== claim) continue;
    const socket = await callSupervisor(controlSocket(host, id));
    if (socket === undefined) continue;
    const mine = { ...planned, plan: { ...plan, id, workspace: { ...plan.workspace, target } } };
    const session = openSession(socket, orderOf(host, mine, inputs, claim), output);
    session.ended.catch(() => undefined);
    if (await session.claimed) return session;
  }
  return undefined;
}

/** Makes bottles of this plan ready, and leaves them to whoever claims them; resolves with their ids when they wait. */
export async function prepareBottle(
  host: Host,
  planned: PlannedStart,
  { agent, image }: Pick<StartInputs, "agent" | "image">,
  supervisor: SpawnedSupervisor,
): Promise<string> {
  const { plan, terminal } = planned;
  const inputs = { agent, image, values: { secrets: [], env: {}, proxyAuth: null } };
  const bare: Plan = {
    ...plan,
    workspace: { ...plan.workspace, target: preparedTarget },
    agent: { ...plan.agent, prompt: null },
    env: [],
    egress: { allow: [], deny: [], crl: [] },
    credentials: [],
    agentArgs: [],
  };
  const order = orderOf(host, { ...planned, plan: bare }, inputs, null);
  const fingerprint = fingerprintOf(host, planned, inputs, terminal !== null);
  supervisor.process.unref();
  await orderPreparation(supervisor.stream, { ...order, type: "prepare", fingerprint });
  return plan.id;
}

function orderOf(
  host: Host,
  { plan, furniture, terminal, resume, phases }: PlannedStart,
  { agent, image, values }: StartInputs,
  claim: string | null,
): LaunchOrder {
  const extraCa = host.env["NODE_EXTRA_CA_CERTS"];
  return {
    type: "launch",
    plan,
    ...values,
    sourceEnv: sourceEnvOf(host, plan),
    // The manifest's own variables win.
    env: { ...furniture.env, ...values.env },
    agent,
    image,
    backendEnv: backendEnvironment(host.env),
    furniture,
    paths: hostPaths(host),
    terminal,
    extraCaFiles: extraCa === undefined || extraCa === "" ? [] : [extraCa],
    startedAt: host.startedAt,
    phases: { ...phases, ordered: sinceStart(host) },
    claim,
    resume,
    breakBoundary: host.env["BOTTLE_TEST_BREAK"],
    pause: pauseOf(host.env["BOTTLE_TEST_PAUSE"]),
  };
}

/** A password manager finds its agent, its store and its bus by variables that nobody can list. */
function sourceEnvOf({ env }: Host, { credentials }: Plan): LaunchOrder["sourceEnv"] {
  const programs = credentials.some(({ secret: { source } }) =>
    ["command", "keychain"].includes(source.kind),
  );
  if (!programs) return null;
  const set = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(set);
}

/** Tests only: `<step>=<absolute path of the marker>`. */
function pauseOf(text: string | undefined): LaunchOrder["pause"] {
  const [, step, marker] = /^([^=]+)=(\/.+)$/.exec(text ?? "") ?? [];
  return step === undefined || marker === undefined ? undefined : { step, marker };
}

function sinceStart(host: Host): number {
  return round(performance.timeOrigin + performance.now() - host.startedAt);
}

/** Tenths of a millisecond are plenty. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
