/** Starts what was planned: at this terminal until it ends or is left, or with nobody at it. */
import { join } from "node:path";
import { hostPaths } from "../compose/paths.ts";
import { prefork } from "../compose/prefork.ts";
import { anotherBottle, gatherInputs, launchPlanned, orderBottle } from "../compose/start.ts";
import type { LaunchIo } from "../compose/start.ts";
import type { PlannedStart } from "../compose/plan-start.ts";
import type { SessionEnd } from "../lifecycle/session.ts";
import type { SpawnedSupervisor } from "../lifecycle/spawn.ts";
import type { Plan } from "../plan/plan.ts";
import { recordPaths } from "../record/paths.ts";
import { escapeText } from "../terminal/print.ts";
import { cutWords, exitCodeOfEnd, follow, outputTo } from "./attach.ts";
import { questionsOf } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { renderError } from "./report.ts";

/** The exit code is the agent's; one who leaves gets 0, and the bottle lives on. */
export async function runAttached(context: CliContext, planned: PlannedStart): Promise<number> {
  const { stderr } = context.process;
  const spawn = (): SpawnedSupervisor => context.supervisor ?? prefork(context);
  const session = await launchPlanned(context, planned, spawn, {
    ...inputsFrom(context),
    output: outputTo(context),
  });
  const terminal = planned.terminal !== null;
  session.onCut((since) => stderr.write(cutWords(since)));
  session.onTyping((typing) => {
    if (!typing) stderr.write("\r\nbottle: another terminal types now; you watch.\r\n");
  });
  const { id } = session;
  const following = follow(context, session, { terminal, typing: true });
  const followed = await following.catch(async (error: unknown) => {
    // However it ended: what it left in the owner's own folder must be said.
    const said = await endOfMount(recordPaths(hostPaths(context).stateHome, id).dir);
    if (said.length > 0) stderr.write(`bottle: ${id}: ${said.join("\n  ")}\n`);
    throw error;
  });
  if (followed.left) {
    stderr.write(`bottle: ${id} runs on; be there again with: bottle attach ${id}\n`);
    return exitCodes.ok;
  }
  const code = exitCodeOfEnd(followed.end);
  const [where, ...more] = await endOfMount(followed.end.record);
  const work = where ?? whereWorkIs(planned.plan, id, followed.end);
  stderr.write(`bottle: ${id} ended with ${code}; ${[work, ...more].join("\n  ")}\n`);
  if (followed.end.unwritten !== undefined)
    stderr.write(renderError(followed.end.unwritten, false));
  return code;
}

/** Prints one id a line (or one JSON object) as soon as each agent runs, and which ports lead to it. */
export async function startDetached(
  context: CliContext,
  planned: PlannedStart,
  { count, format }: { readonly count: number; readonly format: "text" | "json" },
): Promise<number> {
  const { stdout, stderr } = context.process;
  const inputs = await gatherInputs(context, planned, inputsFrom(context));
  const drop = { stdout: () => undefined, stderr: () => undefined };
  let next = planned;
  for (let left = count; left > 0; left -= 1) {
    const spawn = (): SpawnedSupervisor =>
      left === count ? (context.supervisor ?? prefork(context)) : prefork(context);
    const session = await orderBottle(context, next, inputs, spawn, drop);
    if (next.terminal === null) session.inputEnd();
    const { ended } = session;
    ended.catch(() => undefined);
    // A short run may end before it is told as started.
    await Promise.race([session.started, ended]);
    const { id, ports } = session;
    stdout.write(format === "json" ? `${JSON.stringify({ id, ports })}\n` : `${id}\n`);
    // Lines of stdout are ids and nothing else.
    for (const { host, inside } of ports)
      stderr.write(`bottle: ${id}: 127.0.0.1:${host} leads to port ${inside} inside\n`);
    session.leave();
    next = anotherBottle(planned);
  }
  return exitCodes.ok;
}

function inputsFrom(context: CliContext): Omit<LaunchIo, "output"> {
  const { stderr } = context.process;
  return { ...questionsOf(context), progress: (line) => stderr.write(`${line}\n`) };
}

/** The last line is what the owner looks for: how to get at the work. */
function whereWorkIs(plan: Plan, id: string, end: SessionEnd): string {
  return plan.workspace.git
    ? `bring its work back with: bottle apply ${id}`
    : `its files are in ${escapeText(join(end.record, "workspace"))}`;
}

/** Loaded at the end: no start waits for it. */
async function endOfMount(record: string): Promise<readonly string[]> {
  return (await import("./mount-end.ts")).mountEnd(record);
}
