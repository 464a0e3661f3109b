/** Starts real bottles for the suites, each in a home, state and workspace of its own, and takes everything down. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Host } from "../../src/compose/paths.ts";
import type { Bottle } from "../../src/compose/sdk/bottle.ts";
import type { BottleOptions } from "../../src/compose/sdk/options.ts";
import { target } from "./target.ts";
import { startBottle } from "../../src/compose/sdk/start.ts";

/** Where the bundles are; `./test` builds them before it runs the suites. */
export const dist: string = resolve(import.meta.dirname, "../../dist");

/** Bottles of this test file have an installation of their own. */
export function useDist(folder: string): void {
  process.env["BOTTLE_TEST_DIST"] = folder;
}

export interface TestHome extends AsyncDisposable {
  readonly dir: string;
  readonly home: string;
  readonly stateHome: string;
  readonly workspace: string;
  /** A minimal environment; nothing of the test's own. */
  readonly env: NodeJS.ProcessEnv;
  readonly host: Host;
}

/** An empty home. The cache alone is shared, so that an agent is not downloaded for every test. */
export async function openTestHome(extra: NodeJS.ProcessEnv = {}): Promise<TestHome> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "bottle-test-")));
  const home = join(dir, "home");
  const stateHome = join(dir, "state");
  const workspace = join(dir, "project");
  const runtime = join(dir, "run");
  await Promise.all(
    [home, stateHome, workspace, runtime].map((path) =>
      mkdir(path, { recursive: true, mode: 0o700 }),
    ),
  );
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: home,
    XDG_STATE_HOME: stateHome,
    // Its own as well: other bottles of this machine sweep what a killed one leaves in the shared one.
    XDG_RUNTIME_DIR: runtime,
    XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/", ".cache"),
    // Set by a test that has a daemon of its own.
    ...(process.env["DOCKER_HOST"] === undefined
      ? {}
      : { DOCKER_HOST: process.env["DOCKER_HOST"] }),
    ...extra,
  };
  const host: Host = {
    env,
    cwd: workspace,
    uid: process.getuid?.() ?? -1,
    dist: process.env["BOTTLE_TEST_DIST"] ?? dist,
    startedAt: Date.now(),
  };
  return {
    dir,
    home,
    stateHome,
    workspace,
    env,
    host,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

export interface TestBottleOptions {
  readonly home: TestHome;
  /** Body of `bottles.dev`, as JSON. */
  readonly bottle?: object;
  readonly provider?: "shell" | "claude";
  /** More keys of the agent. */
  readonly agent?: object;
  readonly prompt?: string;
  readonly args?: readonly string[];
  readonly output?: BottleOptions["output"];
}

export interface TestBottle extends AsyncDisposable {
  readonly bottle: Bottle;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** The shell command of a bottle that only waits to be told what to run. */
export const waiting = "exec sleep 300";

/** Writes a manifest with one bottle and one agent, and starts it. */
export async function startTestBottle(options: TestBottleOptions): Promise<TestBottle> {
  const { home } = options;
  const manifest = join(home.dir, "bottles.json");
  const agent = { bottle: "dev", provider: options.provider ?? "shell", ...options.agent };
  await writeFile(
    manifest,
    JSON.stringify({
      version: 1,
      bottles: { dev: { ...target(), ...options.bottle } },
      agents: { tester: agent },
    }),
  );
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const bottle = await startBottle(
    {
      manifest,
      workspace: home.workspace,
      prompt: options.prompt ?? waiting,
      args: options.args ?? [],
      output: {
        stdout: (data) => void stdout.push(Buffer.from(data)),
        stderr: (data) => void stderr.push(Buffer.from(data)),
        ...options.output,
      },
    },
    home.host,
  );
  return {
    bottle,
    stdout: () => Buffer.concat(stdout).toString("utf8"),
    stderr: () => Buffer.concat(stderr).toString("utf8"),
    [Symbol.asyncDispose]: () => bottle[Symbol.asyncDispose](),
  };
}
