/** Runs `bottle` as a user does: the built command, its own process, its own state. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const cliProgram: string = resolve(import.meta.dirname, "../../../dist/cli.js");

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with workspace, manifest and state of one test. */
export interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly workspace: string;
  readonly manifest: string;
  readonly stateHome: string;
  readonly env: NodeJS.ProcessEnv;
  /** Starts `bottle` and waits for its end. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliResult>;
  /** Starts `bottle start` with this scene's manifest and workspace. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliResult>;
  /** The same, still running. */
  spawnStart(args: readonly string[], env?: NodeJS.ProcessEnv): RunningCli;
  /** One file of the one bottle's record. */
  record(name: string): Promise<string>;
  /** The audit log's events, oldest first. */
  audit(): Promise<readonly AuditLine[]>;
}

export interface RunningCli {
  readonly process: ChildProcess;
  stdout(): string;
  readonly ended: Promise<CliResult>;
}

export interface AuditLine {
  readonly at: number;
  readonly event: string;
  readonly door?: string;
  readonly authority?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly code?: string;
}

/** Opens a scene; `manifest` is its text. */
export async function openScene(manifest: string, env: NodeJS.ProcessEnv = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-e2e-"));
  const workspace = join(folder, "workspace");
  const file = join(folder, "bottles.yaml");
  const stateHome = join(folder, "state");
  await mkdir(workspace);
  await writeFile(file, manifest, { mode: 0o600 });
  const whole: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: homedir(),
    LANG: "C.UTF-8",
    XDG_STATE_HOME: stateHome,
    XDG_CONFIG_HOME: join(folder, "config"),
    ...(process.env["XDG_CACHE_HOME"] === undefined
      ? {}
      : { XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] }),
    // Set by a test that has a daemon of its own.
    ...(process.env["DOCKER_HOST"] === undefined
      ? {}
      : { DOCKER_HOST: process.env["DOCKER_HOST"] }),
    ...env,
  };
  const spawnIn = (args: readonly string[], more: NodeJS.ProcessEnv = {}): RunningCli =>
    spawnCli(args, { ...whole, ...more }, workspace);
  const where = ["--manifest", file, "--workspace", workspace];
  const withWhere = (args: readonly string[]): readonly string[] => {
    const cut = args.indexOf("--");
    if (cut < 0) return ["start", ...args, ...where];
    return ["start", ...args.slice(0, cut), ...where, ...args.slice(cut)];
  };
  const read = async (name: string): Promise<string> => {
    const records = join(stateHome, "claude-bottle");
    const [id = ""] = await readdir(records);
    return readFile(join(records, id, name), "utf8");
  };
  return {
    folder,
    workspace,
    manifest: file,
    stateHome,
    env: whole,
    run: (args, more) => spawnIn(args, more).ended,
    start: (args, more) => spawnIn(withWhere(args), more).ended,
    spawnStart: (args, more) => spawnIn(withWhere(args), more),
    record: read,
    audit: async () =>
      (await read("audit.jsonl"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as AuditLine),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function spawnCli(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): RunningCli {
  // Set by a test whose daemon has a place of its own: the command and its supervisors run there.
  const child = spawn(process.env["BOTTLE_TEST_NODE"] ?? process.execPath, [cliProgram, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<CliResult>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code) => done({ code, stdout, stderr }));
  });
  return { process: child, stdout: () => stdout, ended };
}
