/** The SDK's verbs about bottles to come: plan one, start one. Headless; the owner has said yes by calling. */
import type { Plan } from "../../plan/plan.ts";
import type { Host } from "../paths.ts";
import { hasPrepared, prefork } from "../prefork.ts";
import { launchPlanned, planStart } from "../start.ts";
import type { StartRequest } from "../start.ts";
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
  return (await planStart(host, requestOf(options))).plan;
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
    link: options.link,
    workspace: options.workspace,
    manifest: options.manifest,
    args: options.args ?? [],
    terminal: null,
  };
}
