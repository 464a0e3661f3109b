/** The supervisor as it is, but for its backend: gateways run beside their bottles. */
import { Socket } from "node:net";
import { join } from "node:path";
import { hostGateway } from "../../../src/compose/gateway-hosted/host.ts";
import { supervisorParts } from "../../../src/compose/parts.ts";
import { supervise } from "../../../src/lifecycle/supervisor/run.ts";
import { createHostedBackend } from "./backend.ts";

/** Seconds: tests wait for them. */
const ttl = 4;

process.on("SIGHUP", () => undefined);
process.on("SIGINT", () => undefined);
const end = new AbortController();
process.on("SIGTERM", () => end.abort());

void supervise(
  new Socket({ fd: 3, readable: true, writable: true }),
  async (order) => {
    const backend = createHostedBackend(join(order.paths.runHome, order.plan.id));
    return {
      ...(await supervisorParts(order)),
      backend,
      hostGateway: (whole, end) => hostGateway(backend, whole, end, ttl),
    };
  },
  end.signal,
).finally(() => process.exit());
