/** From order to exit: the steps of one bottle, in order, what can run side by side side by side. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentRecipe } from "../agent.ts";
import type { RunningBottle } from "../backend.ts";
import type { LaunchOrder } from "../control.ts";
import type { Deferred } from "../deferred.ts";
import { sweepLeftovers } from "../sweep.ts";
import type { Undo } from "../undo.ts";
import type { Clients } from "./clients.ts";
import { agentContext, agentEnvironment } from "./context.ts";
import type {
  GatewayHandle,
  HostedGatewayHandle,
  MountedWorkspaceHandle,
  PortsHandle,
  RecordHandle,
  SearchPlaces,
  SupervisorParts,
} from "./deps.ts";
import { equipBottle } from "./equip.ts";
import type { Equipment } from "./equip.ts";
import { clearUnused, stillAway } from "./carried-work.ts";
import { openExecs } from "./exec.ts";
import { furnished } from "./furnish.ts";
import { helperEnded, helperGone, protectionLost } from "./helper-channel.ts";
import type { Inbox } from "./inbox.ts";
import { helperTimeout, makeBottle, stopGrace } from "./make.ts";
import type { MadeBottle } from "./make.ts";
import { pauseAt } from "./pause.ts";
import { bottlePaths } from "./prepare.ts";
import { proofError, proveBoundary } from "./prove.ts";
import type { Relay } from "./relay.ts";
import { connectStreams } from "./streams.ts";
import type { Timing } from "./timing.ts";

const forever = 2 ** 31 - 1;
/** Milliseconds in which the end of a hosted gateway is heard of, where the bottle's came first. */
const lossPatience = 500;

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
  readonly receipt: { gateway?: GatewayHandle; hosted?: HostedGatewayHandle };
  /** Rejects when the record cannot be written any more, or the gateway is lost: an unrecorded run is none. */
  readonly unwritable: Deferred<never>;
  /** The plan and the first state are on the disk. */
  readonly written: Promise<unknown>;
  readonly note: (state: string, more?: object) => Promise<void>;
}

export interface AgentExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Makes the bottle, or takes the one that was prepared, proves it, runs the agent, and returns how it ended. */
export async function liveBottle(life: Life, prepared?: MadeBottle): Promise<AgentExit> {
  try {
    return await runBottle(life, prepared);
  } catch (error) {
    throw (await lossOf(life.receipt.hosted)) ?? error;
  }
}

/** A bottle whose gateway is gone ends in one way or another: the reason is the gateway's. */
async function lossOf(hosted: HostedGatewayHandle | undefined): Promise<Error | undefined> {
  if (hosted === undefined) return undefined;
  return Promise.race([hosted.lost, sleep(lossPatience, undefined)]);
}

async function runBottle(life: Life, prepared: MadeBottle | undefined): Promise<AgentExit> {
  const { order, parts, clients, record, timing } = life;
  const mounted = await mountWorkspace(life);
  const paths = bottlePaths(order.paths.runHome, record.dir, order.plan.id, mounted?.source);
  const credentials = parts.prepareCredentials(order, record);
  const context = agentContext(order, credentials);
  const recipe = furnished(parts.provider.recipe(order.agent, context), order, context);
  const env = agentEnvironment(order, parts, context, recipe);
  const ports = await openPorts(life);
  if (order.resume) await clearUnused(parts.backend, order.plan.id, record.dir);

  // The bottle's processes take longest: they start first. The rest runs side by side with them.
  const { made, hosting } =
    prepared === undefined
      ? await makeBottle({ ...life, end: life.inbox.stopping }, paths, context, recipe, mounted)
      : { made: Promise.resolve(prepared), hosting: hostingOf(prepared) };
  hosting?.then(
    (hosted) => {
      life.receipt.hosted = hosted;
      void hosted.lost.then((error) => life.unwritable.reject(error));
    },
    () => undefined,
  );
  const listening = prepared === undefined ? clients.listen(paths.controlSocket) : undefined;
  listening?.catch(() => undefined);
  const around = { mounted, hosting };
  const equipment = equipBottle(life, paths, credentials, context, recipe, around);

  const { bottle, helper, terminal, hosted, work, probed } = await made;
  const streams = connectStreams({ bottle, helper, terminal }, life.relay);
  const sync = (): Promise<void> => work?.sync() ?? Promise.resolve();
  life.inbox.serve({ bottle, helper, streams, sync, stop: () => bottle.stop(stopGrace) });
  if (prepared === undefined) await readyHelper(await made);
  else if (order.terminal !== null) streams.resize(order.terminal.columns, order.terminal.rows);
  timing.mark("helper");
  await pauseAt(order, "helper");

  if (work !== undefined) {
    await Promise.all([equipment.workspace, equipment.seeds, equipment.gateway]);
    await work.carryIn();
    timing.mark("carried in");
    await pauseAt(order, "carried-in");
  }
  const { gateway, proofWritten, closed } = await prove(
    life,
    { bottle, helper, probed },
    equipment,
    {
      texts: agentTexts(env, recipe),
    },
  );
  await Promise.all([
    equipment.workspace,
    listening,
    closed,
    life.written,
    bottle.limited,
    equipment.transcript,
  ]);
  await work?.begin(createBusy(gateway, bottle));
  await pauseAt(order, "ready");

  const exited = helper.next("exited", forever).then(
    (message): AgentExit => ({ code: message.code, signal: message.signal }),
    (error: unknown): AgentExit => {
      // Whoever asked for the end has got it; else nobody knows how the agent ended, and that is no end to tell as one.
      if (life.inbox.stopAsked) return { code: null, signal: "SIGKILL" };
      const lost = bottle.lost();
      throw lost.length > 0 ? protectionLost(lost) : helperGone(order.plan.id, error);
    },
  );
  exited.catch(() => undefined);
  helper.send({
    type: "run",
    argv: recipe.argv,
    env,
    cwd: context.workspace,
    tty: terminal !== undefined,
    ...(terminal === undefined && bottle.stdio === undefined ? { carried: true } : {}),
  });
  life.inbox.open(openExecs(helper, env, context.workspace));
  await Promise.race([helper.next("started", helperTimeout), exited]);
  timing.mark("agent");
  await pauseAt(order, "agent");
  // Synced while the agent loads (5 ms); a disk that does not take it ends the run.
  await proofWritten;
  await ports?.serve(helper, hosted ?? paths.portsSocket);
  clients.broadcast({ type: "started", ports: ports?.specs ?? [] });
  await life.note("running", { bottlePid: bottle.pid, ports: ports?.specs ?? [] });
  await pauseAt(order, "running");

  // In the agent's time and not in the start's: what bottles of dead supervisors left behind.
  const swept = sweepLeftovers(order.paths.runHome, parts.backend, () => parts.now());
  swept.catch(() => undefined);
  const ended = await Promise.race([exited, life.unwritable.promise]);
  timing.mark("exit");
  ports?.[Symbol.dispose]();
  await pauseAt(order, "exit");
  const injected = gateway.stats().firstInjectedAt;
  if (injected !== undefined) timing.at("first model request", injected);
  await bottle.stop(stopGrace);
  await work?.end().catch((cause: unknown) => {
    throw stillAway(order.plan.id, cause);
  });
  await pauseAt(order, "stopped");
  await Promise.race([streams.drained, graceAfter(life.inbox.stopping, streams.drained)]);
  await swept.catch((cause: unknown) => life.trouble("sweep", cause));
  return ended;
}

/** A helper that ended before it called at its gateway left no channel that could end. */
async function readyHelper({ bottle, helper, hosted }: MadeBottle): Promise<void> {
  const ready = helper.next("ready", helperTimeout);
  if (hosted === undefined) return void (await ready);
  const ended = bottle.exited.then(({ code, signal }) => {
    throw helperEnded(code ?? signal);
  });
  await Promise.race([ready, ended]);
}

/** Whether anything may have been written since it was asked last: an agent that works asks its model. */
function createBusy(gateway: GatewayHandle, bottle: RunningBottle): () => boolean {
  let last = -1;
  let over = false;
  void bottle.exited.finally(() => (over = true)).catch(() => undefined);
  return () => {
    const { requests } = gateway.stats();
    const busy = !over && requests !== last;
    last = requests;
    return busy;
  };
}

function hostingOf({ hosted }: MadeBottle): Promise<HostedGatewayHandle> | undefined {
  return hosted === undefined ? undefined : Promise.resolve(hosted);
}

/** Before the bottle is made, so that the undo of its making comes first: the comparison is for when it is dead. */
async function mountWorkspace(life: Life): Promise<MountedWorkspaceHandle | undefined> {
  const { order, parts, record, undo } = life;
  if (order.plan.workspace.mode !== "mount") return undefined;
  const mounted = await parts.mountWorkspace(order, record);
  undo.add("mounted workspace", () => mounted.close());
  return mounted;
}

/** Before anything is made: a port that is taken costs nothing, and two bottles never get the same one. */
async function openPorts({ order, parts, undo }: Life): Promise<PortsHandle | undefined> {
  if (order.plan.ports.length === 0) return undefined;
  const ports = await parts.openPorts(order.plan.ports, order.plan.id);
  undo.add("ports", () => ports[Symbol.dispose]());
  return ports;
}

/** A client that never reads again keeps nobody who was told to end; nor does the clock, once all was read. */
async function graceAfter(stopping: Promise<unknown>, drained: Promise<void>): Promise<void> {
  const over = new AbortController();
  void drained.then(() => over.abort());
  await stopping;
  await sleep(stopGrace, undefined, { signal: over.signal }).catch(() => undefined);
}

/** Proves the boundary with everything in its place but the agent; a failed proof throws. */
async function prove(
  life: Life,
  { bottle, helper, probed }: Pick<MadeBottle, "bottle" | "helper" | "probed">,
  equipment: Equipment,
  places: Pick<SearchPlaces, "texts">,
): Promise<{
  readonly gateway: GatewayHandle;
  readonly proofWritten: Promise<void>;
  readonly closed: PromiseLike<void>;
}> {
  const { order, parts, clients, record, timing } = life;
  const [gateway, canaries, files] = await Promise.all([
    equipment.gateway,
    equipment.canaries,
    equipment.seeds,
  ]);
  const where = { ...places, files };
  const proof = await proveBoundary(parts, order, bottle, helper, canaries, where, probed);
  timing.mark("proof");
  await pauseAt(order, "proof");
  // They listen on the host's interfaces: no longer than they serve.
  const closed = canaries[Symbol.asyncDispose]();
  clients.broadcast({ type: "proof", ok: proof.ok, ms: proof.ms, probes: proof.probes });
  const proofWritten = record.write("proof", { ...proof });
  proofWritten.catch(() => undefined);
  if (proof.ok) return { gateway, proofWritten, closed };
  await Promise.all([proofWritten, closed]);
  throw proofError(proof);
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
