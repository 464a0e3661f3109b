/** One bottle to be hurt: a home, a state, a workspace and a run folder of its own, all under one mark. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, mkdir, readFile, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cliProgram } from "../../e2e/support/cli.ts";
import type { CliResult } from "../../e2e/support/cli.ts";
import { ourProcesses } from "./ours.ts";
import type { OurProcess } from "./ours.ts";
import { target, upstreamAddress } from "../../support/target.ts";
import { until } from "./until.ts";
import type { World } from "./world.ts";

export type Who = "cli" | "supervisor" | "gateway" | "holder" | "bottle" | "helper" | "agent";

export interface RunningCommand {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<CliResult & { readonly signal: NodeJS.Signals | null }>;
}

export interface FaultScene extends AsyncDisposable {
  readonly mark: string;
  readonly folder: string;
  readonly workspace: string;
  readonly stateHome: string;
  readonly runHome: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs `bottle` to its end. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliResult>;
  spawn(args: readonly string[], env?: NodeJS.ProcessEnv): RunningCommand;
  /** `bottle start` of a shell that runs `script`. */
  start(script: string, more?: readonly string[], env?: NodeJS.ProcessEnv): RunningCommand;
  /** Lets the supervisor wait at a step: the variable to start it with. */
  pauseAt(step: string): NodeJS.ProcessEnv;
  /** Resolves when it waits. */
  paused(): Promise<void>;
  goOn(): Promise<void>;
  /** The only bottle; undefined before it has a record. */
  id(): Promise<string | undefined>;
  record(name: string): Promise<string>;
  /** Our living processes now; remembered in `seen`. */
  look(): readonly OurProcess[];
  readonly seen: OurProcess[];
  /** Sends a signal to one of them, once it is there. */
  hit(who: Exclude<Who, "cli">, signal: NodeJS.Signals): Promise<void>;
  /** SIGKILL for everything of ours, whatever it is. */
  killAll(): void;
}

/** `bottle`: keys of the manifest's one bottle, beside its egress. `program`: the command line of an installation of its own. */
export async function openFaultScene(
  world: World,
  bottle: object = {},
  program: string = cliProgram,
): Promise<FaultScene> {
  const mark = `f${randomBytes(5).toString("hex")}`;
  const folder = join(await realpath(tmpdir()), mark);
  const at = (...names: readonly string[]): string => join(folder, ...names);
  const workspace = at(`ws-${mark}`);
  for (const dir of [folder, workspace, at("home"), at("run"), at("cache"), join(workspace, "src")])
    await mkdir(dir, { mode: 0o700 });
  await writeFile(join(workspace, "README.md"), "The owner's.\n");
  await writeFile(join(workspace, "src", "a.txt"), "mine\n");
  const allow = [{ host: upstreamAddress(), ports: [world.allowedPort], scheme: "http" }];
  const manifest = {
    version: 1,
    bottles: { [mark]: { egress: { allow }, ...target(), ...bottle } },
    agents: { [mark]: { bottle: mark, provider: "shell" } },
  };
  await writeFile(at("bottles.yaml"), JSON.stringify(manifest), { mode: 0o600 });
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: at("home"),
    LANG: "C.UTF-8",
    XDG_STATE_HOME: at("state"),
    XDG_CONFIG_HOME: at("config"),
    XDG_CACHE_HOME: at("cache"),
    XDG_RUNTIME_DIR: at("run"),
    // Set by a test that has a daemon of its own.
    ...(process.env["DOCKER_HOST"] === undefined
      ? {}
      : { DOCKER_HOST: process.env["DOCKER_HOST"] }),
  };
  const records = at("state", "claude-bottle");
  const marker = at("paused");
  const seen: OurProcess[] = [];
  const where = ["--manifest", at("bottles.yaml"), "--workspace", workspace];
  let latest: RunningCommand | undefined;
  const spawnIn = (args: readonly string[], more: NodeJS.ProcessEnv = {}): RunningCommand =>
    (latest = spawnCommand([program, ...args], { ...env, ...more }, workspace));

  const scene: FaultScene = {
    mark,
    folder,
    workspace,
    stateHome: at("state"),
    runHome: at("run", "claude-bottle"),
    env,
    seen,
    run: (args, more) => spawnIn(args, more).ended,
    spawn: spawnIn,
    start: (script, more = ["--headless"], extra = {}) =>
      spawnIn(["start", ...where, "--yes", ...more, "--prompt", script], extra),
    pauseAt: (step) => ({ BOTTLE_TEST_PAUSE: `${step}=${marker}` }),
    paused: () =>
      until("the supervisor waits", async () => {
        if (await isThere(marker)) return true;
        const { exitCode } = latest?.process ?? {};
        // What it was to wait for will not come; `--detach` alone leaves before.
        if (typeof exitCode === "number" && exitCode !== 0)
          throw new Error(`ended with ${exitCode}: ${latest?.stderr() ?? ""}`);
        return false;
      }),
    goOn: () => rm(marker, { force: true }),
    id: async () =>
      (await readdir(records).catch((): string[] => [])).find((name) => name.startsWith(mark)),
    record: async (name) =>
      readFile(join(records, (await scene.id()) ?? "", name), "utf8").catch(() => ""),
    look: () => {
      const now = ourProcesses(mark);
      seen.push(...now);
      return now;
    },
    hit: async (who, signal) => {
      let found: OurProcess | undefined;
      await until(`there is a ${who}`, () =>
        Promise.resolve((found = one(who, scene.look(), mark)) !== undefined),
      );
      if (found !== undefined) process.kill(found.pid, signal);
    },
    killAll: () => {
      for (const { pid } of scene.look()) kill(pid);
    },
    async [Symbol.asyncDispose]() {
      await rm(marker, { force: true });
      scene.killAll();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return scene;
}

/** Supervisor: the one that runs our bundle. Below it the outermost process; far below the helper; below that the agent. */
function one(who: Who, all: readonly OurProcess[], mark: string): OurProcess | undefined {
  const supervisor = all.find(({ command }) => command[1]?.endsWith("/dist/supervisor.js"));
  if (who === "supervisor" || supervisor === undefined) return supervisor;
  // A gateway beside its bottle, and what a test has in a daemon's place.
  if (who === "gateway") return all.find(({ command }) => command[0] === "bottle-gateway");
  if (who === "holder")
    return all.find(({ command }) => command.some((word) => word.includes("program.sock")));
  if (who === "bottle") return all.find(({ parent }) => parent === supervisor.pid);
  const helper = all.find(({ command }) => command[0] === "bottle-helper");
  if (who === "helper" || helper === undefined) return helper;
  return all.find(
    ({ parent, command }) =>
      parent === helper.pid && command.some((word) => word.includes(`work-${mark}`)),
  );
}

function spawnCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): RunningCommand {
  const child = spawn(process.execPath, argv, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Awaited<RunningCommand["ended"]>>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done({ code, signal, stdout, stderr }));
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone in between.
  }
}
