/** The SDK's verbs about bottles to come: plan one, start one. Headless; the owner has said yes by calling. */
import type { Plan } from "../../plan/plan.ts";
import type { Host } from "../paths.ts";
import { hasPrepared, prefork } from "../prefork.ts";
import { launchPlanned } from "../start.ts";
import { planStart } from "../plan-start.ts";
import type { StartRequest } from "../plan-start.ts";
import { livingBottle } from "./bottle.ts";
import type { Bottle } from "./bottle.ts";
import { outputOf, thisHost } from "./options.ts";
import type { BottleOptions } from "./options.ts";

export interface StartedBottle extends Bottle {
  readonly plan: Plan;
}

/** The plan that `startBottle` would follow; changes nothing, reads no secret. */
export async function planBottle(
  options: BottleOptions,
  host: Host = thisHost(options),
): Promise<Plan> {
  const { plan, connection } = await planStart(host, requestOf(options));
  await connection?.[Symbol.asyncDispose]();
  return plan;
}

/** Plans and starts a bottle. Throws `BottleError` or `BottleErrors`. */
export async function startBottle(
  options: BottleOptions,
  host: Host = thisHost(options),
): Promise<StartedBottle> {
  const supervisor = hasPrepared(host) ? undefined : prefork(host);
  try {
    const planned = await planStart(host, requestOf(options));
    const session = await launchPlanned(host, planned, () => supervisor ?? prefork(host), {
      ask: undefined,
      progress: options.progress ?? (() => undefined),
      output: outputOf(options),
    });
    return {
      ...livingBottle(host, session, true),
      plan: { ...planned.plan, id: session.id },
    };
  } catch (error) {
    supervisor?.abandon();
    throw error;
  }
}

function requestOf(options: BottleOptions): StartRequest {
  return {
    agent: options.agent,
    prompt: options.prompt,
    headless: true,
    rung: options.rung,
    place: options.place,
    link: options.link,
    workspace: options.workspace,
    manifest: options.manifest,
    args: options.args ?? [],
    terminal: null,
  };
}
