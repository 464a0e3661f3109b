/** The agent in a bottle, started by the command as a user would. */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { firstProcess, labelledContainers } from "../../src/backends/docker/container-state.ts";
import { idLabel } from "../../src/backends/docker/labels.ts";
import type { Host } from "../../src/compose/paths.ts";
import { backendEnvironment } from "../../src/compose/system.ts";
import type { ScriptedModel } from "../../src/demo/model/server.ts";
import { finished } from "../finished.ts";
import { untilFirstRequest } from "./first-request.ts";
import { engineOf } from "./reference.ts";
import type { Subject } from "./subject.ts";

/** One bottle run as measured. */
export interface BottleRun {
  readonly ms: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly probesMs: number;
}

export interface PreparedStart {
  readonly subject: Subject;
  readonly argv: readonly string[];
  /** Makes one bottle ready that the next start claims. */
  readonly prepare: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly workspace: string;
  readonly stateHome: string;
}

export interface StartOptions {
  readonly subject: Subject;
  /** Empty, and this start's alone. */
  readonly folder: string;
  readonly modelUrl: string;
  readonly token: string;
  readonly prompt: string;
}

/** Writes manifest and workspace for the starts to come. */
export async function prepareStart(host: Host, options: StartOptions): Promise<PreparedStart> {
  const { folder, modelUrl, token, prompt } = options;
  const { rung, link } = options.subject;
  const stateHome = join(folder, "state");
  const workspace = join(folder, "workspace");
  const manifest = join(folder, "bottles.yaml");
  await mkdir(workspace);
  await writeFile(join(workspace, "README.md"), "A small workspace.\n");
  await writeFile(
    manifest,
    `version: 1
bottles:
  bench:
    rung: ${rung}
    link: ${link}
    credentials: [{preset: anthropic, url: "${modelUrl}", secret: "env:BENCH_TOKEN"}]
agents:
  bench: {bottle: bench, provider: claude}
`,
    { mode: 0o600 },
  );
  const where = ["--manifest", manifest, "--workspace", workspace];
  return {
    subject: options.subject,
    prepare: [join(host.dist, "cli.js"), "prepare", "--headless", "--manifest", manifest],
    argv: [join(host.dist, "cli.js"), "start", "--headless", "--yes", "--prompt", prompt, ...where],
    env: {
      ...backendEnvironment(host.env),
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

export interface Living {
  /** Resident MB of the supervisor (proc_pid_status(5), VmRSS). */
  readonly supervisor: number;
  /** Host processes that the bottle is made of, the agent's among what is below them. */
  readonly roots: readonly number[];
}

/** The one bottle that runs; undefined if none does. */
export async function livingBottle(host: Host, start: PreparedStart): Promise<Living | undefined> {
  const records = join(start.stateHome, "claude-bottle");
  const [id] = await readdir(records).catch((): string[] => []);
  if (id === undefined) return undefined;
  const state = await readJson(join(records, id, "state.json"));
  const pid = Number(state["pid"]);
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const supervisor = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  return { supervisor, roots: [pid, ...(await containersOf(host, start, id))] };
}

/** First processes of the containers that belong to the bottle. */
async function containersOf(
  host: Host,
  { subject }: PreparedStart,
  id: string,
): Promise<readonly number[]> {
  if (subject.rung === "namespace") return [];
  using engine = engineOf(host);
  if (engine === undefined) return [];
  const found = await labelledContainers(engine, [`${idLabel}=${id}`]);
  const pids = await Promise.all(found.map(({ container }) => firstProcess(engine, container)));
  return pids.filter((pid) => pid !== 0);
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
}

function numbersOf(value: unknown): Record<string, number> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === "number"));
}
