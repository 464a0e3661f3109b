/** What one configuration amounts to. It is replaced as a whole, so that no request is judged by halves of two. */
import { bindCredentials } from "./bound-credentials.ts";
import type { GatewayConfig } from "./config.ts";
import type { Door } from "./doors/door.ts";
import { createEntryDoor } from "./doors/entry-door.ts";
import { createRouteDoor } from "./doors/route-door.ts";
import { createPipeline } from "./pipeline.ts";
import type { Pipeline } from "./pipeline.ts";
import { createPolicy } from "./policy.ts";
import type { RetiredValues } from "./retired.ts";
import { createScanPolicy } from "./scan-policy.ts";
import type { Scanner } from "./scan.ts";

export interface Rules {
  readonly config: GatewayConfig;
  readonly pipeline: Pipeline;
  readonly entryDoor: Door;
  /** Finds any value that is or was held, wherever it was going. */
  readonly everything: Scanner;
  /** Of the credentials bound to an authority; `key` from `authorityKey`. */
  credentialNames(key: string): readonly string[];
}

/** `doorNames`: what the route door is called. */
export function compileRules(
  config: GatewayConfig,
  retired: RetiredValues,
  doorNames: ReadonlySet<string>,
): Rules {
  const credentials = bindCredentials(config, retired);
  return {
    config,
    pipeline: createPipeline({
      policy: createPolicy(config.allow, config.deny),
      credentials,
      scans: createScanPolicy(config.allow),
      openPolicy: config.breakBoundary === "gateway-policy",
    }),
    entryDoor: createEntryDoor(createRouteDoor(doorNames, config.credentials)),
    everything: credentials.everything,
    credentialNames: (key) => credentials.at(key).map(({ credential }) => credential.name),
  };
}
