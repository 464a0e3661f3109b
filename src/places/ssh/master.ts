/** One connection: ssh's own process, what the other side said of itself, and its end. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { SshAddress } from "../../manifest/formats/ssh-address.ts";
import { masterArgv } from "./argv.ts";
import { factsScript, isWhole, maxAnswer, readFacts } from "./facts.ts";
import type { PlaceFacts } from "./facts.ts";
import { noSsh, sshFailure } from "./failure.ts";
import type { SshFailure } from "./failure.ts";

/** Milliseconds for everything up to the answer: a jump host and a slow login shell count. */
const patience = 45_000;
/** Characters of what ssh says that are kept. */
const maxSaid = 16 * 1024;
/** Milliseconds between asking ssh to leave and killing it. */
const leaving = 2_000;

export interface MasterOptions {
  /** As the owner wrote it. */
  readonly place: string;
  readonly to: SshAddress;
  /** Path of its control socket. */
  readonly control: string;
  /** See `sshEnv`. */
  readonly env: Readonly<Record<string, string>>;
  readonly now: () => number;
  /** Aborted: nobody waits for it any more. */
  readonly signal: AbortSignal;
}

export interface Master extends AsyncDisposable {
  readonly facts: PlaceFacts;
  /** All that ssh has said until now, the last of it. */
  said(): string;
  /** Resolves when the connection is over, whoever ended it. */
  readonly gone: Promise<void>;
}

/** Thrown by `openMaster`. */
export class MasterFailure extends Error {
  readonly failure: SshFailure;

  constructor(failure: SshFailure) {
    super(failure.error.message);
    this.failure = failure;
  }
}

export async function openMaster(options: MasterOptions): Promise<Master> {
  const { place, now } = options;
  const begun = now();
  // A session of its own: it cannot ask at the owner's terminal, nor hear his Ctrl-C.
  const child = spawn("ssh", masterArgv(options.to, options.control), {
    env: options.env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  let answer = "";
  let failed: unknown;
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said = `${said}${text}`.slice(-maxSaid)));
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      failed = error;
      resolve();
    });
    child.once("close", () => resolve());
  });
  child.stdin.on("error", () => undefined);
  child.stdin.write(factsScript);
  const answered = new Promise<void>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (answer.length < maxAnswer) answer += text;
      if (isWhole(answer) || answer.length >= maxAnswer) resolve();
    });
  });
  const end = (): Promise<void> => endOf(child, gone);
  const late = new AbortController();
  options.signal.addEventListener("abort", () => void end(), { signal: late.signal });
  try {
    options.signal.throwIfAborted();
    await Promise.race([answered, gone, timer(patience, late.signal)]);
    if (failed !== undefined) throw new MasterFailure(noSsh(place, failed));
    if (!isWhole(answer)) throw new MasterFailure(sshFailure(place, said));
    // Asked somewhere between; half of what it took is as good as any.
    const facts = readFacts(place, answer, (begun + now()) / 2000);
    return { facts, said: () => said, gone, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  } finally {
    late.abort();
  }
}

async function endOf(child: ChildProcess, gone: Promise<void>): Promise<void> {
  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name);
  };
  signal("SIGTERM");
  const late = new AbortController();
  await Promise.race([gone, timer(leaving, late.signal)]);
  late.abort();
  signal("SIGKILL");
  await gone;
}

function timer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const running = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(running);
      resolve();
    });
  });
}
