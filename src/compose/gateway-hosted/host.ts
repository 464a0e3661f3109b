/** Has a bottle's gateway started beside it by its backend. */
import { dirname, join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import type { Backend } from "../../lifecycle/backend.ts";
import type { LaunchOrder } from "../../lifecycle/control.ts";
import { openHosted } from "./hosted.ts";
import type { HostedGateway } from "./hosted.ts";

/** Seconds that a gateway on this machine waits for its supervisor: long enough for a daemon that starts anew. Elsewhere the plan says. */
const localTtl = 30;

export async function hostGateway(
  backend: Pick<Backend, "name" | "hostGateway">,
  order: Pick<LaunchOrder, "plan" | "paths" | "breakBoundary">,
  end?: Promise<unknown>,
  ttl: number = order.plan.remote?.ttl ?? localTtl,
): Promise<HostedGateway> {
  if (backend.hostGateway === undefined)
    throw new BottleError({
      code: "E_GATEWAY_HOST",
      what: `The backend ${backend.name} has no gateways beside its bottles.`,
    });
  const host = await backend.hostGateway({
    id: order.plan.id,
    program: join(dirname(order.paths.helper), "gateway-host.js"),
    argv: ["--ttl", String(ttl)],
    breakBoundary: order.breakBoundary,
    ...(end === undefined ? {} : { end }),
  });
  return openHosted({ host, ttl: ttl * 1000 });
}
