/** A bottle that ended and goes on: the same record, a new plan from the manifest as it is now. */
import { readRecord } from "../record/read.ts";
import { BottleError } from "../errors/error.ts";
import type { RungName } from "../manifest/manifest.ts";
import { rungs } from "../manifest/rungs.ts";
import { bringHome } from "./away.ts";
import { findBottle } from "./bottles.ts";
import { lives, stillRunning } from "./living.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { planStart } from "./plan-start.ts";
import type { PlannedStart, StartRequest } from "./plan-start.ts";

export type ResumeRequest = Pick<StartRequest, "prompt" | "headless" | "args" | "terminal">;

/** Reads only. Policy and credentials are those of today's manifest; the work is the bottle's own. */
export async function planResume(
  host: Host,
  id: string,
  request: ResumeRequest,
): Promise<PlannedStart> {
  const found = await findBottle(host, id);
  if (lives(found)) throw stillRunning(id, `Be at it again with \`bottle attach ${id}\`.`);
  await bringHome(host, found);
  const { files } = await readRecord({ stateHome: hostPaths(host).stateHome, id });
  const state = files.state ?? {};
  const { agent, manifest, link, place, workspace } = state;
  const rung = rungOf(files.plan, state);
  const target = workspaceTarget(files.plan);
  if (typeof agent !== "string" || typeof manifest !== "string" || typeof workspace !== "string")
    throw new BottleError({
      code: "E_RESUME",
      what: `The record of ${id} does not say what it was started with.`,
      next: `Its work is in ${found.record}/workspace; start a new bottle.`,
    });
  if (files.workspace === undefined)
    throw new BottleError({
      code: "E_RESUME",
      what: `The bottle ${id} never got its whole copy of the workspace, so its agent never ran.`,
      next: `Start a new bottle; \`bottle rm ${id}\` removes this one.`,
    });
  if (rung === undefined)
    throw new BottleError({
      code: "E_RESUME",
      what: `The record of ${id} does not say which rung it was started on.`,
      why: "It goes on there or nowhere: never on a weaker one.",
      next: `Take its work out with \`bottle apply ${id}\`, and start a new bottle.`,
    });
  const planned = await planStart(host, {
    ...request,
    agent,
    manifest,
    workspace,
    rung,
    link: typeof link === "string" ? link : undefined,
    place: typeof place === "string" ? place : undefined,
    resume: id,
  });
  if (target === undefined) return planned;
  const { plan } = planned;
  return { ...planned, plan: { ...plan, workspace: { ...plan.workspace, target } } };
}

/** What `--rung` or `auto` came to: the plan says it, and where that cannot be read the state does. */
function rungOf(
  plan: Readonly<Record<string, unknown>> | undefined,
  state: Readonly<Record<string, unknown>>,
): RungName | undefined {
  const choice = plan?.["rung"];
  const chosen =
    typeof choice === "object" && choice !== null && "chosen" in choice ? choice.chosen : undefined;
  return rungs.find((rung) => rung === (chosen ?? state["rung"]));
}

/** Where the workspace was inside: conversations and tools know it by that path. */
function workspaceTarget(plan: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const workspace = plan?.["workspace"];
  if (typeof workspace !== "object" || workspace === null || !("target" in workspace))
    return undefined;
  return typeof workspace.target === "string" ? workspace.target : undefined;
}
