/** Runs git so that nothing but its arguments decides what it does: no config of anyone, no hooks, no prompts, no network, no lazy fetch. */
import { spawn } from "node:child_process";
import type { ChildProcess, ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { BottleError } from "../errors/error.ts";

/** Milliseconds; a hostile object can make git work for long, but not for ever. */
const patience = 10 * 60_000;
const maxErrors = 16 * 1024;

export interface GitOptions {
  /** For errors: "read the bottle's objects". */
  readonly step: string;
  readonly gitDir: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the repository itself. */
  readonly cwd?: string;
  /** The user's PATH. */
  readonly path: string;
  /** Writes standard input; git's end of the pipe may close early. */
  readonly input?: (stdin: Writable) => Promise<void>;
  /** Takes standard output as it comes; without it the output is collected. */
  readonly output?: (stdout: Readable) => Promise<void>;
  /** Exit codes that are answers; default only 0. */
  readonly codes?: readonly number[];
  /** Bytes of output taken at most. */
  readonly maxOutput?: number;
  /** Ends it before its time; what comes then is an error. */
  readonly signal?: AbortSignal;
}

/** Makes the error of a step that failed, with git's own reason. */
export type GitFailure = (step: string, why: string) => BottleError;

export interface GitResult {
  readonly code: number;
  readonly output: Buffer;
}

/** Ours to say, whatever the repository's own config says. */
const settings: readonly string[] = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.attributesFile=/dev/null",
  "core.pager=cat",
  "core.sshCommand=false",
  "core.askPass=false",
  "core.alternateRefsCommand=true",
  "core.protectHFS=true",
  "core.protectNTFS=true",
  "core.bigFileThreshold=16m",
  "credential.helper=",
  "fetch.fsckObjects=true",
  "transfer.fsckObjects=true",
  "fetch.writeCommitGraph=false",
  "fetch.recurseSubmodules=false",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.allow=never",
  "protocol.ext.allow=never",
  "protocol.file.allow=always",
];

/** Runs it to its end. */
export async function runGit(options: GitOptions, failed: GitFailure): Promise<GitResult> {
  const { step, input, codes = [0], maxOutput = 1024 * 1024, signal } = options;
  const child = spawnGit(options);
  const kill = (): void => killGit(child);
  const timer = setTimeout(kill, patience);
  signal?.addEventListener("abort", kill);
  if (signal?.aborted === true) kill();
  const chunks: Buffer[] = [];
  let size = 0;
  let errors = "";
  if (options.output === undefined)
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutput) kill();
      else chunks.push(chunk);
    });
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    errors = (errors + text).slice(-maxErrors);
  });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        failed(step, cause.code === "ENOENT" ? "There is no git on the PATH." : cause.message),
      ),
    );
    child.once("close", (code) => resolve(code ?? -1));
  });
  try {
    const orKill = (error: unknown): never => {
      kill();
      throw error;
    };
    const [code] = await Promise.all([
      ended,
      feed(child.stdin, input).catch(orKill),
      options.output?.(child.stdout).catch(orKill),
    ]);
    if (size > maxOutput) throw failed(step, "Its answer is too long.");
    if (!codes.includes(code)) throw failed(step, lastLine(errors));
    return { code, output: Buffer.concat(chunks) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/** For those who talk with it while it runs; `killGit` ends it. */
export function spawnGit(
  options: Pick<GitOptions, "gitDir" | "argv" | "cwd" | "path" | "env">,
): ChildProcessByStdio<Writable, Readable, Readable> {
  const { gitDir, argv } = options;
  const all = [`--git-dir=${gitDir}`, ...settings.flatMap((setting) => ["-c", setting]), ...argv];
  return spawn("git", all, {
    cwd: options.cwd ?? gitDir,
    env: environment(options),
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
}

/** With its children: it has a process group of its own. */
export function killGit(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
    process.kill(-child.pid, "SIGKILL");
}

async function feed(stdin: Writable, input: GitOptions["input"]): Promise<void> {
  if (input !== undefined) await input(stdin);
  stdin.end();
}

/** Writes with backpressure; a closed pipe is git's own ending, told by its exit. */
export async function writeTo(stdin: Writable, data: Buffer | string): Promise<void> {
  if (stdin.destroyed || stdin.write(data)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stdin.off("drain", done);
      stdin.off("close", done);
      resolve();
    };
    stdin.once("drain", done);
    stdin.once("close", done);
  });
}

/** Nothing of the user's environment but the PATH: no GIT_*, no LD_*, no secret. */
function environment(options: Pick<GitOptions, "path" | "env">): NodeJS.ProcessEnv {
  return {
    PATH: options.path,
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    ...options.env,
  };
}

/** git's own reason; it may quote names from the bottle, which the CLI escapes. */
function lastLine(errors: string): string {
  const lines = errors
    .split("\n")
    .filter((line) => /^(?:fatal|error|remote)?:?/.test(line) && line.trim() !== "");
  return (
    lines.find((line) => /^(?:error|fatal):/.test(line)) ??
    lines.at(-1) ??
    "It said nothing."
  ).slice(0, 300);
}
