/** The gateway's process of the bench: put together as a supervisor does it, with policy, secrets and audit log. */
import { text } from "node:stream/consumers";
import { startPipelock } from "../../src/engines/pipelock/engine.ts";
import type { GatewayConfig } from "../../src/gateway/config.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createScrubberFactory } from "../../src/gateway/scrub.ts";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import { openAuditLog } from "../../src/record/audit.ts";
import { privateFolder } from "../../src/record/folder.ts";
import { recordPaths } from "../../src/record/paths.ts";
import { bottleId, serveConfig } from "./serve-config.ts";
import type { ServeOrder } from "./serve-config.ts";

/** Reads its order from standard input, says where it listens, and serves until SIGTERM. */
async function serve(order: ServeOrder): Promise<void> {
  const config = serveConfig(order);
  const hidden = createScrubberFactory(
    config.credentials.flatMap(({ secret, placeholder }) => [secret, placeholder]),
  );
  const paths = recordPaths(order.folder, bottleId);
  await privateFolder(paths.dir);
  const audit = await openAuditLog({
    id: bottleId,
    paths,
    scrub: (value) => hidden.text(value),
  });
  const ca = createCertificateAuthority({
    names: ["localhost", "*.bench.test"],
    now: () => new Date(),
  });
  const engine = order.engine === undefined ? undefined : await startEngine(order.engine);
  const gateway = createGateway(engine === undefined ? config : { ...config, ...engine }, {
    now: () => Date.now(),
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    ca,
    audit: (event) => audit.append(event),
    door: { host: "127.0.0.1", port: 0 },
  });
  process.once("SIGTERM", () => {
    void (async () => {
      await gateway[Symbol.asyncDispose]();
      await audit.close();
      process.exit(0);
    })();
  });
  const bound = await gateway.listen({ host: "127.0.0.1", port: 0 });
  process.stdout.write(`${JSON.stringify({ ...bound, caPem: ca.caPem })}\n`);
}

/** Ready when it returns; it dies with this process. */
async function startEngine({
  program,
  keeper,
}: NonNullable<ServeOrder["engine"]>): Promise<Pick<GatewayConfig, "engine">> {
  const started = startPipelock({
    spec: { name: "pipelock", as: "verdict", program, conversation: "unread", entropy: 4.5 },
    program,
    keeper,
    node: process.execPath,
    owner: process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined,
    hosts: ["127.0.0.1", "localhost"],
    event: () => undefined,
  });
  await started.ready;
  return { engine: started.engine };
}

void text(process.stdin).then((order) => serve(JSON.parse(order) as ServeOrder));
