/** The SDK's two verbs: plan a bottle, start a bottle. Headless; the owner has said yes by calling. */
import type { ExecResult, SessionEnd, SessionOutput, SessionProof } from "../lifecycle/session.ts";
import type { Plan } from "../plan/plan.ts";
import type { Host } from "./paths.ts";
import { hasPrepared, prefork } from "./prefork.ts";
import { launchPlanned, planStart } from "./start.ts";
import type { StartRequest } from "./start.ts";

export interface BottleOptions {
  /** Manifest file; default: the user's. */
  readonly manifest?: string;
  /** Agent of the manifest; not needed where there is one. */
  readonly agent?: string;
  readonly prompt?: string;
  /** Folder to work on; default: the current one. */
  readonly workspace?: string;
  readonly rung?: string;
  /** Arguments for the agent's own program. */
  readonly args?: readonly string[];
  /** Takes the agent's output; hostile bytes. Default: dropped. */
  readonly output?: Partial<SessionOutput>;
  /** Short lines about long steps, such as the first install of an agent. */
  readonly progress?: (line: string) => void;
  /** Environment that the manifest's `env:` sources and `${VAR}` read; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A bottle that was started; disposing it stops it. Its work stays in the record until it is applied. */
export interface Bottle extends AsyncDisposable {
  readonly id: string;
  readonly plan: Plan;
  readonly proof: Promise<SessionProof>;
  readonly started: Promise<void>;
  /** Rejects with the `BottleError` that stopped the launch. */
  readonly ended: Promise<SessionEnd>;
  /** For the agent's standard input; kept until the agent reads it. */
  input(data: Buffer): void;
  inputEnd(): void;
  signal(signal: NodeJS.Signals): void;
  /** Runs a command beside the agent; output is bounded. */
  exec(argv: readonly string[], input?: string): Promise<ExecResult>;
  stop(): void;
}

/** The plan that `startBottle` would follow; changes nothing, reads no secret. */
export async function planBottle(
  options: BottleOptions,
  host: Host = thisHost(options),
): Promise<Plan> {
  return (await planStart(host, requestOf(options))).plan;
}

/** Plans and starts a bottle. Throws `BottleError` or `BottleErrors`. */
export async function startBottle(
  options: BottleOptions,
  host: Host = thisHost(options),
): Promise<Bottle> {
  const supervisor = hasPrepared(host) ? undefined : prefork(host);
  try {
    const planned = await planStart(host, requestOf(options));
    const session = await launchPlanned(host, planned, () => supervisor ?? prefork(host), {
      ask: undefined,
      progress: options.progress ?? (() => undefined),
      output: { stdout: options.output?.stdout ?? drop, stderr: options.output?.stderr ?? drop },
    });
    return {
      id: session.id,
      plan: planned.plan,
      proof: session.proof,
      started: session.started,
      ended: session.ended,
      input: (data) => void session.input(data),
      inputEnd: () => session.inputEnd(),
      signal: (signal) => session.signal(signal),
      exec: (argv, input) => session.exec(argv, input),
      stop: () => session.stop(),
      [Symbol.asyncDispose]: async () => {
        session.stop();
        await session.ended.catch(() => undefined);
      },
    };
  } catch (error) {
    supervisor?.abandon();
    throw error;
  }
}

function drop(): void {}

function requestOf(options: BottleOptions): StartRequest {
  return {
    agent: options.agent,
    prompt: options.prompt,
    headless: true,
    rung: options.rung,
    workspace: options.workspace,
    manifest: options.manifest,
    args: options.args ?? [],
    terminal: null,
  };
}

function thisHost(options: BottleOptions): Host {
  return {
    env: options.env ?? process.env,
    cwd: process.cwd(),
    uid: process.getuid?.() ?? -1,
    dist: import.meta.dirname,
    startedAt: performance.timeOrigin + performance.now(),
  };
}
