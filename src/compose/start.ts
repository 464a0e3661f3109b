/** From a plan to a running bottle: agent, image, secrets, order. */
import { randomBytes } from "node:crypto";
import { BottleError } from "../errors/error.ts";
import type { InstalledAgent } from "../lifecycle/agent.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import { openSession } from "../lifecycle/session.ts";
import { callSupervisor, orderPreparation } from "../lifecycle/visit.ts";
import type { Session, SessionOutput } from "../lifecycle/session.ts";
import type { SpawnedSupervisor } from "../lifecycle/spawn.ts";
import { newId } from "../plan/id.ts";
import type { Plan } from "../plan/plan.ts";
import { controlSocket, hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import type { PlannedStart } from "./plan-start.ts";
import { fingerprintOf, preparedBottles, preparedTarget } from "./prepared.ts";
import type { PreparedBottle } from "./prepared.ts";
import { providerFor } from "./registry.ts";
import { sinceStart } from "./since-start.ts";
import { backendEnvironment, prepareImage } from "./system.ts";
import { readValues } from "./values.ts";
import type { Values } from "./values.ts";

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
  const { connection } = planned;
  const preparing = prepareImage({ ...host, socket: connection?.socket }, plan, io.progress);
  const before = Promise.all([installing, preparing]).then(() => undefined);
  try {
    const [agent, image, values] = await Promise.all([
      installing,
      preparing,
      readValues(host, plan, { ...io, before }),
    ]);
    return { agent, image, values };
  } finally {
    await connection?.[Symbol.asyncDispose]();
  }
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
    backendEnv: backendEnvironment(host.env, plan.place),
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
