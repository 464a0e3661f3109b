/** Starts a gateway in a process of its own, and asks it what it costs. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { rawClient } from "./gateway.ts";
import type { RawClient } from "./gateway.ts";
import type { ChildOrder, ChildReport } from "./gateway-child.ts";

export interface GatewayProcess extends AsyncDisposable {
  readonly caPem: string;
  open(): RawClient;
  report(): Promise<ChildReport>;
}

export async function startGatewayProcess(
  order: Omit<ChildOrder, "path">,
): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), "gateway-process-"));
  const file = join(folder, "gateway.mjs");
  const path = join(folder, "s");
  const bundle = await rolldown({
    input: join(import.meta.dirname, "gateway-child.ts"),
    platform: "node",
    logLevel: "silent",
  });
  await bundle.write({ file, format: "esm", codeSplitting: false });
  await bundle.close();
  const child = fork(file, { execArgv: ["--expose-gc"] });
  const next = async (message: object): Promise<ChildReport> => {
    const answer = once(child, "message") as Promise<[ChildReport]>;
    child.send(message);
    return (await answer)[0];
  };
  const { caPem } = await next({ ...order, path } satisfies ChildOrder);
  const clients: RawClient[] = [];
  return {
    caPem,
    open() {
      const client = rawClient(connect(path));
      clients.push(client);
      return client;
    },
    report: () => next({}),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.socket.destroy();
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
