/** Makes the bottle itself: its folders, its terminal, its processes up to a helper that answers. No policy and no secret yet. */
import { dirname } from "node:path";
import { BottleError } from "../../errors/error.ts";
import type { ProbeResult } from "../../helper/protocol.ts";
import type { AgentContext, AgentRecipe } from "../agent.ts";
import type { BottleStdio, LaunchSpec, RunningBottle } from "../backend.ts";
import { carriedTerminal } from "./carried-terminal.ts";
import { CarriedWork } from "./carried-work.ts";
import { insideHelper, insideLink, insideNode } from "./context.ts";
import type {
  HostTerminalHandle,
  HostedGatewayHandle,
  MountedWorkspaceHandle,
  TerminalHandle,
} from "./deps.ts";
import { openHelperChannel } from "./helper-channel.ts";
import type { HelperChannel } from "./helper-channel.ts";
import type { Life } from "./life.ts";
import { pauseAt } from "./pause.ts";
import { makeDirectories } from "./prepare.ts";
import type { BottlePaths } from "./prepare.ts";

/** Milliseconds: Node's start inside the bottle takes 20 to 60, a loaded machine more. */
export const helperTimeout = 20_000;
/** Milliseconds between TERM and KILL. */
export const stopGrace = 3_000;

export interface MadeBottle {
  readonly bottle: RunningBottle;
  readonly helper: HelperChannel;
  readonly terminal: TerminalHandle | undefined;
  /** Where the link is `network`. */
  readonly hosted: HostedGatewayHandle | undefined;
  /** Where files are carried. */
  readonly work: CarriedWork | undefined;
  /** What was probed while it waited to be claimed. */
  readonly probed: readonly ProbeResult[];
}

/** What making needs of a life; a bottle that is prepared has no more than this. */
export type Making = Pick<Life, "order" | "parts" | "timing" | "undo" | "trouble"> & {
  /** Resolves when the end is asked for. */
  readonly end: Promise<unknown>;
};

/** What is under way when the folders are there. */
export interface BeingMade {
  readonly made: Promise<MadeBottle>;
  /** Where the link is `network`: the gateway beside the bottle, which has not been told anything. */
  readonly hosting: Promise<HostedGatewayHandle> | undefined;
}

/** Resolves when the folders are there; the bottle itself follows by `made`. */
export async function makeBottle(
  making: Making,
  paths: BottlePaths,
  context: AgentContext,
  recipe: AgentRecipe,
  mounted?: MountedWorkspaceHandle,
): Promise<BeingMade> {
  const { order, parts, timing, undo, end } = making;
  const owner = parts.backend.owner(order.plan.id);
  await makeDirectories(paths, owner, parts.uid === 0, order.resume);
  await pauseAt(order, "directories");
  const terminal = await openTerminal(making);
  const spec: LaunchSpec = {
    id: order.plan.id,
    linkDir: paths.link,
    workspace: paths.workspace,
    workspaceTarget: context.workspace,
    ...(mounted === undefined ? {} : { points: mounted.points }),
    home: paths.home,
    mounts: [{ source: order.paths.helper, target: insideHelper, mode: "ro" }, ...recipe.mounts],
    programs: [insideHelper, ...recipe.mounts.map(({ target }) => target)],
    helperArgv: [insideNode, insideHelper],
    helperEnv: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: context.home },
    limits: order.plan.limits,
    end,
    ...(order.image === null ? {} : { image: order.image }),
    breakBoundary: order.breakBoundary,
  };
  const hosting = parts.backend.hostGateway === undefined ? undefined : hostGateway(making);
  hosting?.catch(() => undefined);
  const stdio = stdioOf(making, terminal);
  const launching =
    hosting === undefined
      ? launchTwice(making, () => parts.backend.launch(withSocket(spec), stdio))
      : hosting.then(({ control }) => parts.backend.launch({ ...spec, control }, stdio));
  const made = launching.then(async (bottle): Promise<MadeBottle> => {
    const files = bottle.carried;
    const work =
      files === undefined
        ? undefined
        : new CarriedWork({ files, recordDir: dirname(paths.home), trouble: making.trouble });
    // After the bottle itself: what its agent did last comes as well.
    if (work !== undefined) undo.add("carried work", () => work.end());
    undo.add("bottle", () => bottle.stop(stopGrace));
    terminal?.closeSlave();
    timing.mark("launched");
    await pauseAt(order, "launched");
    const carried = bottle.terminal === undefined ? terminal : carriedTerminal(bottle.terminal);
    const helper = openHelperChannel(bottle.control);
    return { bottle, helper, terminal: carried, hosted: await hosting, work, probed: [] };
  });
  made.catch(() => undefined);
  return { made, hosting };
}

/**
 * A kernel that is a program may die before its bottle says a word (gh-aw-firewall issue 6513). Nothing of the agent has run then, and
 * what was made is undone: once more is safe. It is told in the record's timing.
 */
async function launchTwice(
  { parts, timing }: Making,
  launch: () => Promise<RunningBottle>,
): Promise<RunningBottle> {
  try {
    return await launch();
  } catch (error) {
    const died = error instanceof BottleError && error.code === "E_RUNG_LAUNCH";
    if (parts.backend.capabilities.kernel !== "gvisor" || !died) throw error;
    timing.mark("started again");
    return launch();
  }
}

/** The gateway is in this process, behind a socket that the bottle sees. */
function withSocket(spec: LaunchSpec): LaunchSpec {
  return { ...spec, helperArgv: [...spec.helperArgv, "--link", `${insideLink}/gateway.sock`] };
}

/** Before the bottle, which knows its address and hears through it. */
async function hostGateway({
  order,
  parts,
  timing,
  undo,
  end,
}: Making): Promise<HostedGatewayHandle> {
  const hosted = await parts.hostGateway(order, end);
  undo.add("gateway beside the bottle", () => hosted[Symbol.asyncDispose]());
  timing.mark("gateway hosted");
  await pauseAt(order, "hosted");
  return hosted;
}

function stdioOf({ order }: Making, terminal: HostTerminalHandle | undefined): BottleStdio {
  if (terminal !== undefined) return { kind: "tty", slaveFd: terminal.slaveFd };
  if (order.terminal === null) return { kind: "pipes" };
  return { kind: "terminal", columns: order.terminal.columns, rows: order.terminal.rows };
}

/** Undefined for pipes, and where the backend makes the terminal itself. */
async function openTerminal({
  order,
  parts,
  undo,
}: Making): Promise<HostTerminalHandle | undefined> {
  if (order.terminal === null || parts.backend.capabilities.terminal === "bottle") return undefined;
  const terminal = await parts.openTerminal(order.terminal, parts.backend.owner(order.plan.id));
  undo.add("terminal", () => terminal.close());
  return terminal;
}
