/** Makes bottles ready for the starts to come. */
import { BottleError } from "../errors/error.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { prefork } from "./prefork.ts";
import { providerFor } from "./registry.ts";
import { anotherBottle, prepareBottle } from "./start.ts";
import { planStart } from "./plan-start.ts";
import { prepareImage } from "./system.ts";

export interface PrepareRequest {
  readonly agent: string | undefined;
  readonly manifest: string | undefined;
  readonly rung: string | undefined;
  /** Null for starts without a terminal. */
  readonly terminal: LaunchOrder["terminal"];
  readonly count: number;
  readonly progress: (line: string) => void;
}

/** One after the other; resolves with their ids. */
export async function prepareAll(host: Host, request: PrepareRequest): Promise<readonly string[]> {
  const { agent, manifest, rung, terminal, count, progress } = request;
  const first = await planStart(host, {
    ...{ agent, manifest, rung, terminal, args: [], prompt: undefined, headless: false },
    // It only has to be a folder that a bottle may have.
    workspace: host.dist,
  });
  if (first.connection !== undefined || first.plan.ownUsers === true) {
    await first.connection?.[Symbol.asyncDispose]();
    throw new BottleError({
      code: "E_USAGE",
      what: "Bottles elsewhere are not prepared.",
      why: "What is prepared is a part of this machine.",
      next: "Start it as it is.",
    });
  }
  const provider = await providerFor(first.plan.agent.provider);
  const { cacheDir } = hostPaths(host);
  const installed = await provider.install({ cacheDir, progress });
  const made = { agent: installed, image: await prepareImage(host, first.plan, progress) };
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 1)
    ids.push(await prepareBottle(host, anotherBottle(first), made, prefork(host)));
  return ids;
}
