/** The agent in a bottle, started by the command as a user would. */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../src/compose/paths.ts";
import type { ScriptedModel } from "../src/demo/model/server.ts";
import { finished } from "./bare.ts";
import { untilFirstRequest } from "./first-request.ts";

/** One bottle run as measured. */
export interface BottleRun {
  readonly ms: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly probesMs: number;
}

export interface PreparedStart {
  readonly argv: readonly string[];
  /** Makes one bottle ready that the next start claims. */
  readonly prepare: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly workspace: string;
  readonly stateHome: string;
}

export interface StartOptions {
  readonly folder: string;
  readonly stateHome: string;
  readonly modelUrl: string;
  readonly token: string;
  readonly prompt: string;
}

/** Writes manifest and workspace for the starts to come. */
export async function prepareStart(host: Host, options: StartOptions): Promise<PreparedStart> {
  const { folder, stateHome, modelUrl, token, prompt } = options;
  const workspace = join(folder, "workspace");
  const manifest = join(folder, "bottles.yaml");
  await mkdir(workspace);
  await writeFile(join(workspace, "README.md"), "A small workspace.\n");
  await writeFile(
    manifest,
    `version: 1
bottles:
  bench:
    credentials: [{preset: anthropic, url: "${modelUrl}", secret: "env:BENCH_TOKEN"}]
agents:
  bench: {bottle: bench, provider: claude}
`,
    { mode: 0o600 },
  );
  const where = ["--manifest", manifest, "--workspace", workspace];
  return {
    prepare: [join(host.dist, "cli.js"), "prepare", "--headless", "--manifest", manifest],
    argv: [join(host.dist, "cli.js"), "start", "--headless", "--yes", "--prompt", prompt, ...where],
    env: {
      PATH: host.env["PATH"],
      HOME: host.env["HOME"],
      XDG_STATE_HOME: stateHome,
      ...(host.env["XDG_CACHE_HOME"] === undefined
        ? {}
        : { XDG_CACHE_HOME: host.env["XDG_CACHE_HOME"] }),
      BENCH_TOKEN: token,
    },
    workspace,
    stateHome,
  };
}

/** One start as a user makes it, and what its record says of it; the record is removed. */
export async function runInBottle(model: ScriptedModel, start: PreparedStart): Promise<BottleRun> {
  const ms = await untilFirstRequest(model, () =>
    finished(process.execPath, start.argv, start.env, start.workspace),
  );
  const records = join(start.stateHome, "claude-bottle");
  const [id = ""] = await readdir(records);
  const timing = await readJson(join(records, id, "timing.json"));
  const proof = await readJson(join(records, id, "proof.json"));
  await rm(start.stateHome, { recursive: true, force: true });
  return { ms, phases: numbersOf(timing["phases"]), probesMs: Number(proof["ms"]) };
}

/** Makes a bottle ready, and lets the machine come to rest. */
export async function makeReady(start: PreparedStart): Promise<void> {
  await finished(process.execPath, start.prepare, start.env, start.workspace);
  await sleep(300);
}

/** Resident MB of the supervisor of the one bottle that runs (proc_pid_status(5), VmRSS); undefined if none does. */
export async function supervisorMemory(stateHome: string): Promise<number | undefined> {
  const records = join(stateHome, "claude-bottle");
  const [id] = await readdir(records).catch((): string[] => []);
  if (id === undefined) return undefined;
  const state = await readJson(join(records, id, "state.json"));
  const status = await readFile(`/proc/${Number(state["pid"])}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
}

function numbersOf(value: unknown): Record<string, number> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === "number"));
}
