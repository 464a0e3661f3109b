/** From order to exit: the steps of one bottle, in order, what can run side by side side by side. */
import { chmod } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentContext, AgentRecipe } from "../agent.ts";
import type { RunningBottle } from "../backend.ts";
import type { LaunchOrder } from "../control.ts";
import type { Deferred } from "../deferred.ts";
import { sweepLeftovers } from "../sweep.ts";
import type { Undo } from "../undo.ts";
import type { Clients } from "./clients.ts";
import { agentContext, agentEnvironment, insideHelper, insideLink, insideNode } from "./context.ts";
import type {
  CanariesHandle,
  GatewayHandle,
  PreparedCredentials,
  RecordHandle,
  SupervisorParts,
  TerminalHandle,
} from "./deps.ts";
import { openExecs } from "./exec.ts";
import { openHelperChannel } from "./helper-channel.ts";
import type { Inbox } from "./inbox.ts";
import {
  bottlePaths,
  findDirectories,
  makeDirectories,
  writeLinkFile,
  writeSeeds,
} from "./prepare.ts";
import type { BottlePaths } from "./prepare.ts";
import { pauseAt } from "./pause.ts";
import { proofError, proveBoundary } from "./prove.ts";
import type { Relay } from "./relay.ts";
import { connectPipes, connectTerminal } from "./streams.ts";
import type { Timing } from "./timing.ts";

/** Milliseconds: Node's start inside the bottle takes 20 to 60, a loaded machine more. */
const helperTimeout = 20_000;
/** Milliseconds between TERM and KILL. */
const stopGrace = 3_000;
const forever = 2 ** 31 - 1;

export interface Life {
  readonly order: LaunchOrder;
  readonly parts: SupervisorParts;
  readonly clients: Clients;
  readonly relay: Relay;
  readonly inbox: Inbox;
  readonly record: RecordHandle;
  readonly timing: Timing;
  readonly undo: Undo;
  /** Notes in the record what did not work and stops nothing. */
  readonly trouble: (what: string, cause: unknown) => void;
  /** Filled on the way; what the run took is written when everything is closed. */
  readonly receipt: { gateway?: GatewayHandle };
  /** Rejects when the record cannot be written any more: an unrecorded run is none. */
  readonly unwritable: Deferred<never>;
  /** The plan and the first state are on the disk. */
  readonly written: Promise<unknown>;
  readonly note: (state: string, more?: object) => Promise<void>;
}

export interface AgentExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Makes the bottle, proves it, runs the agent, and returns how it ended. */
export async function liveBottle(life: Life): Promise<AgentExit> {
  const { order, parts, clients, record, timing, undo } = life;
  const owner = parts.backend.owner(order.plan.id);
  const asRoot = parts.uid === 0;
  const paths = bottlePaths(order.paths.runHome, record.dir, order.plan.id);
  await makeDirectories(paths, owner, asRoot, order.resume);
  await pauseAt(order, "directories");

  const credentials = parts.prepareCredentials(order, record);
  const context = agentContext(order, credentials);
  const recipe = parts.provider.recipe(order.agent, context);
  const env = agentEnvironment(order, parts, context, recipe);

  // The bottle's processes take longest: they start first. The rest runs side by side with them; each is awaited below, and
  // until then its failure must not end the process as unhandled.
  const terminal = await openTerminal(life);
  const launching = launch(life, paths, context, recipe, terminal);
  const listening = clients.listen(paths.controlSocket);
  const copied = fillWorkspace(life, paths);
  const gatewayReady = openGateway(life, credentials, paths);
  const canariesReady = gatewayReady.then((gateway) => openCanaries(life, paths, gateway, context));
  // The home of a bottle that is resumed is the agent's: what it keeps there it keeps, and a link in it is never followed.
  const seeded = order.resume ? [] : writeSeeds(paths.home, recipe.seeds, owner, asRoot);
  const transcribed = parts.openTranscript(order, record).then((transcript) => {
    undo.add("transcript", () => transcript.close());
    void transcript.failed.then((error) => life.unwritable.reject(error));
    life.relay.record(transcript);
    return pauseAt(order, "transcript");
  });
  for (const early of [
    launching,
    listening,
    copied,
    gatewayReady,
    canariesReady,
    Promise.resolve(seeded),
    transcribed,
  ])
    early.catch(() => undefined);

  const bottle = await launching;
  const helper = openHelperChannel(bottle.control);
  const streams =
    terminal === undefined
      ? connectPipes(bottle, life.relay)
      : connectTerminal(terminal, life.relay);
  life.inbox.serve({
    bottle,
    helper,
    streams,
    stop: () => bottle.stop(stopGrace),
  });

  await helper.next("ready", helperTimeout);
  timing.mark("helper");
  await pauseAt(order, "helper");
  const [gateway, canaries, seeds] = await Promise.all([gatewayReady, canariesReady, seeded]);
  const proof = await proveBoundary(parts, order, bottle, helper, canaries, {
    files: seeds,
    texts: agentTexts(env, recipe),
  });
  timing.mark("proof");
  await pauseAt(order, "proof");
  // They listen on the host's interfaces: no longer than they serve.
  const closed = canaries[Symbol.asyncDispose]();
  clients.broadcast({ type: "proof", ok: proof.ok, ms: proof.ms, probes: proof.probes });
  const proofWritten = record.write("proof", { ...proof });
  proofWritten.catch(() => undefined);
  if (!proof.ok) {
    await proofWritten;
    throw proofError(proof);
  }
  await Promise.all([copied, listening, closed, life.written, bottle.limited, transcribed]);
  await pauseAt(order, "ready");

  const exited = helper.next("exited", forever).then(
    (message): AgentExit => ({ code: message.code, signal: message.signal }),
    (): AgentExit => ({ code: null, signal: "SIGKILL" }),
  );
  helper.send({
    type: "run",
    argv: recipe.argv,
    env,
    cwd: context.workspace,
    tty: terminal !== undefined,
  });
  life.inbox.open(openExecs(helper, env, context.workspace));
  await Promise.race([helper.next("started", helperTimeout), exited]);
  timing.mark("agent");
  await pauseAt(order, "agent");
  // Synced while the agent loads (5 ms); a disk that does not take it ends the run.
  await proofWritten;
  clients.broadcast({ type: "started" });
  await life.note("running", { bottlePid: bottle.pid });
  await pauseAt(order, "running");

  // In the agent's time and not in the start's: what bottles of dead supervisors left behind.
  const swept = sweepLeftovers(order.paths.runHome, parts.backend, () => parts.now());
  swept.catch(() => undefined);
  const ended = await Promise.race([exited, life.unwritable.promise]);
  timing.mark("exit");
  await pauseAt(order, "exit");
  const injected = gateway.stats().firstInjectedAt;
  if (injected !== undefined) timing.at("first model request", injected);
  await bottle.stop(stopGrace);
  await pauseAt(order, "stopped");
  // A client that never reads again keeps nobody who was told to end.
  await Promise.race([streams.drained, life.inbox.stopAsked ? sleep(stopGrace) : streams.drained]);
  await swept.catch((cause: unknown) => life.trouble("sweep", cause));
  return ended;
}

/** The private copy; that of a bottle which is resumed is there, as the agent left it. */
async function fillWorkspace(life: Life, paths: BottlePaths): Promise<void> {
  const { order, parts, record, timing } = life;
  if (order.resume) return findDirectories(paths);
  const owner = parts.backend.owner(order.plan.id);
  const { source } = order.plan.workspace;
  const copied = await parts.cloneWorkspace({ source, target: paths.workspace, owner });
  timing.mark("workspace");
  await pauseAt(order, "workspace");
  await record.write("workspace", { ...copied, clonedAt: Math.round(parts.now()) });
}

/** What the agent will hold and no process does yet. */
function agentTexts(
  env: Readonly<Record<string, string>>,
  recipe: AgentRecipe,
): readonly { where: string; text: string }[] {
  const variables = Object.entries(env).map(([name, text]) => ({
    where: `the agent's variable ${name}`,
    text,
  }));
  return [...variables, { where: "the agent's arguments", text: recipe.argv.join("\0") }];
}

async function openGateway(
  life: Life,
  credentials: PreparedCredentials,
  paths: BottlePaths,
): Promise<GatewayHandle> {
  const gateway = await life.parts.openGateway(life.order, credentials, life.record);
  life.receipt.gateway = gateway;
  void gateway.failed.then((error) => life.unwritable.reject(error));
  life.undo.add("gateway", () => gateway[Symbol.asyncDispose]());
  await gateway.listen(paths.gatewaySocket);
  // The directory is 0700 and the bottle's: whoever gets this far may connect.
  await chmod(paths.gatewaySocket, 0o666);
  await writeLinkFile(paths, "ca.pem", gateway.caPem);
  await writeLinkFile(
    paths,
    "ca-bundle.pem",
    `${await life.parts.systemRoots()}\n${gateway.caPem}`,
  );
  life.timing.mark("gateway");
  await pauseAt(life.order, "gateway");
  return gateway;
}

async function openCanaries(
  life: Life,
  paths: BottlePaths,
  gateway: GatewayHandle,
  context: AgentContext,
): Promise<CanariesHandle> {
  const canaries = await life.parts.openCanaries({
    runDir: paths.run,
    allowedAuthority: gateway.allowedAuthority,
    sharedDir:
      life.order.breakBoundary === "neighbour"
        ? { host: paths.link, inside: insideLink }
        : undefined,
    hiddenPaths: {
      home: life.order.paths.home,
      record: life.record.dir,
      control: paths.controlSocket,
    },
    workspace: context.workspace,
  });
  life.undo.add("canaries", () => canaries[Symbol.asyncDispose]());
  return canaries;
}

async function openTerminal(life: Life): Promise<TerminalHandle | undefined> {
  if (life.order.terminal === null) return undefined;
  const terminal = await life.parts.openTerminal(
    life.order.terminal,
    life.parts.backend.owner(life.order.plan.id),
  );
  life.undo.add("terminal", () => terminal.close());
  return terminal;
}

async function launch(
  life: Life,
  paths: BottlePaths,
  context: AgentContext,
  recipe: AgentRecipe,
  terminal: TerminalHandle | undefined,
): Promise<RunningBottle> {
  const { order, parts, timing, undo } = life;
  const bottle = await parts.backend.launch(
    {
      id: order.plan.id,
      linkDir: paths.link,
      workspace: paths.workspace,
      workspaceTarget: context.workspace,
      home: paths.home,
      mounts: [{ source: order.paths.helper, target: insideHelper, mode: "ro" }, ...recipe.mounts],
      helperArgv: [insideNode, insideHelper, "--link", `${insideLink}/gateway.sock`],
      helperEnv: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: context.home },
      limits: order.plan.limits,
      breakBoundary: order.breakBoundary,
    },
    terminal === undefined ? { kind: "pipes" } : { kind: "tty", slaveFd: terminal.slaveFd },
  );
  undo.add("bottle", () => bottle.stop(stopGrace));
  terminal?.closeSlave();
  timing.mark("launched");
  await pauseAt(order, "launched");
  return bottle;
}
