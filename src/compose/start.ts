/** From a command line to a running bottle: manifest, plan, agent, secrets, order. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { InstalledAgent } from "../lifecycle/agent.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import { openSession } from "../lifecycle/session.ts";
import type { Session, SessionOutput } from "../lifecycle/session.ts";
import type { SpawnedSupervisor } from "../lifecycle/spawn.ts";
import { loadManifest } from "../manifest/load.ts";
import type { Plan } from "../plan/plan.ts";
import { newId } from "../plan/id.ts";
import { resolvePlan } from "../plan/resolve.ts";
import { resolveEnv } from "./env.ts";
import { readFacts } from "./facts.ts";
import { configHome, homeOf, hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { providerFor } from "./registry.ts";
import { readProxyAuth, readSecrets } from "./secrets.ts";

export interface StartRequest {
  readonly agent: string | undefined;
  readonly prompt: string | undefined;
  readonly headless: boolean;
  readonly rung: string | undefined;
  readonly workspace: string | undefined;
  readonly manifest: string | undefined;
  readonly args: readonly string[];
  readonly terminal: LaunchOrder["terminal"];
}

export interface PlannedStart {
  readonly plan: Plan;
  readonly terminal: LaunchOrder["terminal"];
  readonly phases: Readonly<Record<string, number>>;
}

/** Reads manifest and host; changes nothing, reads no secret. */
export async function planStart(host: Host, request: StartRequest): Promise<PlannedStart> {
  const loaded = performance.timeOrigin + performance.now() - host.startedAt;
  const [manifest, facts] = await Promise.all([
    loadManifest({
      file: request.manifest === undefined ? undefined : resolve(host.cwd, request.manifest),
      home: homeOf(host),
      configHome: configHome(host),
      cwd: host.cwd,
    }),
    readFacts(host, resolve(host.cwd, request.workspace ?? ".")),
  ]);
  const plan = resolvePlan(manifest, facts, {
    agent: request.agent,
    prompt: request.prompt,
    headless: request.headless,
    rung: request.rung,
    args: request.args,
    newId: (agent) => newId(agent, randomBytes),
  });
  return {
    plan,
    terminal: request.terminal,
    phases: { loaded: round(loaded), planned: sinceStart(host) },
  };
}

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
  readonly progress: (line: string) => void;
  readonly output: SessionOutput;
}

/** Installs the agent if need be, reads the secrets, and orders the bottle from the waiting supervisor. */
export async function launchPlanned(
  host: Host,
  planned: PlannedStart,
  supervisor: SpawnedSupervisor,
  io: LaunchIo,
): Promise<Session> {
  const { plan } = planned;
  if (plan.agent.provider === "claude" && !plan.headless && planned.terminal === null)
    throw noTerminal();
  const paths = hostPaths(host);
  const [agent, secrets, proxyAuth, env]: [
    InstalledAgent,
    readonly string[],
    string | null,
    Readonly<Record<string, string>>,
  ] = await Promise.all([
    providerFor(plan.agent.provider).then((provider) =>
      provider.install({ cacheDir: paths.cacheDir, progress: io.progress }),
    ),
    readSecrets(host, plan),
    readProxyAuth(host, plan),
    resolveEnv(host, plan, io.ask),
  ]);
  const extraCa = host.env["NODE_EXTRA_CA_CERTS"];
  const order: LaunchOrder = {
    type: "launch",
    plan,
    secrets,
    proxyAuth,
    env,
    agent,
    paths,
    terminal: planned.terminal,
    extraCaFiles: extraCa === undefined || extraCa === "" ? [] : [extraCa],
    startedAt: host.startedAt,
    phases: { ...planned.phases, ordered: sinceStart(host) },
    breakBoundary: host.env["BOTTLE_TEST_BREAK"],
  };
  // From here on the supervisor lives by its bottle; this process may go before it.
  supervisor.process.unref();
  return openSession(supervisor.stream, order, io.output);
}

function sinceStart(host: Host): number {
  return round(performance.timeOrigin + performance.now() - host.startedAt);
}

/** Tenths of a millisecond are plenty. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
