/** Sets the demo's stage: a temp home with manifest and workspace, and the servers around it. Disposing clears it away. */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificateAuthority } from "../gateway/tls/authority.ts";
import { Undo } from "../lifecycle/undo.ts";
import { openDemoCanary } from "./canary.ts";
import type { DemoCanary } from "./canary.ts";
import type { WayBack } from "./elsewhere/way-back.ts";
import { knockScript } from "./knock.ts";
import { startScriptedModel } from "./model/server.ts";
import type { Turn } from "./model/turns.ts";
import { demoHost, openRelay } from "./relay.ts";
import type { Relay } from "./relay.ts";
import { prompt, scenario, scenarioTurns } from "./scenario.ts";
import type { Step } from "./scenario.ts";
import { startSink } from "./sink.ts";
import type { HostFiles, World } from "./world.ts";

export interface Stage extends AsyncDisposable {
  readonly world: World;
  readonly steps: readonly Step[];
  readonly workspace: string;
  readonly manifest: string;
  readonly stateHome: string;
  /** Environment of the start: nothing of the user's configuration, and the demo's own secrets. */
  readonly env: NodeJS.ProcessEnv;
}

export interface StageOptions {
  /** The user's home, which an agent on this machine will look for. */
  readonly hostHome: string;
  /** An address of this machine that the gateway reaches, where it stands beside its bottle and not on this machine. */
  readonly address?: string | undefined;
  /** Where it is on another machine: leads from there to a port of this machine's loopback. */
  readonly wayBack?: ((port: number) => Promise<WayBack>) | undefined;
  /** Called when the agent asks the model for its last words: all its processes live. */
  readonly beforeLastWords: () => Promise<void>;
}

/** Builds everything; what was begun is cleared away when a later part fails. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const undo = new Undo(() => undefined);
  try {
    return await build(options, undo);
  } catch (error) {
    await undo[Symbol.asyncDispose]();
    throw error;
  }
}

async function build(options: StageOptions, undo: Undo): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-demo-"));
  undo.add("folder", () => rm(folder, { recursive: true, force: true }));
  const certificates = createCertificateAuthority({
    names: ["localhost", demoHost],
    now: new Date(),
  });
  const token = `sk-ant-oat01-${randomBytes(24).toString("hex")}`;
  const planted = `planted-${randomBytes(12).toString("hex")}`;
  const turns: Turn[] = [];
  const model = await startScriptedModel({
    turns,
    token,
    tls: certificates,
    beforeTurn: (index) =>
      index === turns.length - 1 ? options.beforeLastWords() : Promise.resolve(),
  });
  undo.add("model", () => model.close());
  const sink = await startSink(certificates);
  undo.add("sink", () => sink[Symbol.asyncDispose]());
  const way = await wayTo([model.port, sink.port], options, undo);
  const name = way === undefined ? "localhost" : demoHost;
  const canary = way?.canary ?? (await canaryHere(undo));
  const world: World = {
    modelUrl: `https://${name}:${model.port}`,
    modelRequests: model.requests,
    sinkUrl: `https://${name}:${sink.port}`,
    sinkRequests: sink.requests,
    proxyUrl: way?.url,
    canaryTcp: canary.tcp,
    canaryUdp: canary.udp,
    canaryTouches: () => canary.touches(),
    machine: options.wayBack === undefined ? "this machine" : "the machine it is on",
    token,
    planted,
    hostFiles:
      options.wayBack === undefined ? await hostFilesOf(options.hostHome, folder) : undefined,
  };
  const steps = scenario(world);
  turns.push(...scenarioTurns(steps));
  const files = await writeFiles(folder, world, certificates.caPem);
  return {
    world,
    steps,
    ...files,
    env: {
      XDG_STATE_HOME: files.stateHome,
      XDG_CONFIG_HOME: join(folder, "config"),
      NODE_EXTRA_CA_CERTS: files.caFile,
      DEMO_TOKEN: token,
      DEMO_PLANTED: planted,
    },
    [Symbol.asyncDispose]: () => undo[Symbol.asyncDispose](),
  };
}

/** To the demo's servers, for a gateway that does not reach this machine's loopback; over another machine it brings a canary there. */
async function wayTo(
  ports: readonly number[],
  { address, wayBack }: StageOptions,
  undo: Undo,
): Promise<(Relay & { readonly canary?: WayBack["canary"] }) | undefined> {
  const listening = wayBack === undefined ? address : "127.0.0.1";
  if (listening === undefined) return undefined;
  const relay = await openRelay(listening, ports);
  undo.add("relay", () => relay[Symbol.asyncDispose]());
  if (wayBack === undefined) return relay;
  const way = await wayBack(Number(new URL(relay.url).port));
  undo.add("way back", () => way[Symbol.asyncDispose]());
  return way;
}

async function canaryHere(undo: Undo): Promise<DemoCanary> {
  const canary = await openDemoCanary();
  undo.add("canary", () => canary[Symbol.asyncDispose]());
  return canary;
}

async function hostFilesOf(home: string, folder: string): Promise<HostFiles> {
  const file = join(folder, "host-file");
  return { home, homeNames: await namesIn(home), file, fileText: randomBytes(12).toString("hex") };
}

interface StageFiles {
  readonly workspace: string;
  readonly manifest: string;
  readonly stateHome: string;
  readonly caFile: string;
}

async function writeFiles(folder: string, world: World, caPem: string): Promise<StageFiles> {
  const files = {
    workspace: join(folder, "workspace"),
    manifest: join(folder, "bottles.yaml"),
    stateHome: join(folder, "state"),
    caFile: join(folder, "ca.pem"),
  };
  await mkdir(files.workspace);
  await Promise.all([
    writeFile(join(files.workspace, "knock.mjs"), knockScript),
    writeFile(files.manifest, manifestText(world), { mode: 0o600 }),
    writeFile(files.caFile, caPem),
    ...(world.hostFiles === undefined
      ? []
      : [writeFile(world.hostFiles.file, world.hostFiles.fileText)]),
  ]);
  return files;
}

/** Names in the user's home that the agent's own home does not have as well. */
async function namesIn(home: string): Promise<readonly string[]> {
  const own = new Set([".claude", ".claude.json", ".cache", ".config", ".local", ".npm"]);
  const names = await readdir(home).catch((): string[] => []);
  return names.filter((name) => !own.has(name));
}

/** The second host is never asked for anything: the fronting probes need one that https on port 443 is allowed to. */
function manifestText(world: World): string {
  return `version: 1
bottles:
  demo:
    env: {PLANTED: "\${DEMO_PLANTED}"}
    egress:
      allow: ["${new URL(world.sinkUrl).host}", docs.example.org]
${world.proxyUrl === undefined ? "" : `    upstreamProxy: {url: "${world.proxyUrl}"}\n`}    credentials:
      - {preset: anthropic, url: "${world.modelUrl}", secret: "env:DEMO_TOKEN"}
agents:
  demo: {bottle: demo, provider: claude, prompt: "${prompt}"}
`;
}
