/** What stands outside of all bottles of one test file: a host that the manifest allows, and one that it does not. */
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { upstreamAddress } from "../../support/target.ts";
import type { AddressInfo, Server } from "node:net";

export interface World extends AsyncDisposable {
  readonly allowedPort: number;
  readonly canaryPort: number;
  /** Requests that the allowed host got with the mark in their path. */
  asked(mark: string): number;
  /** Connections that the canary got. It is in no manifest: each is a broken promise. */
  leaked(): number;
}

export async function openWorld(): Promise<World> {
  const asked = new Map<string, number>();
  let leaked = 0;
  const allowed = createHttpServer((request, response) => {
    const mark = request.url?.split("/")[1] ?? "";
    asked.set(mark, (asked.get(mark) ?? 0) + 1);
    response.end("ok");
  });
  const canary = createServer((socket) => {
    leaked += 1;
    socket.destroy();
  });
  return {
    allowedPort: await listen(allowed),
    canaryPort: await listen(canary),
    asked: (mark) => asked.get(mark) ?? 0,
    leaked: () => leaked,
    async [Symbol.asyncDispose]() {
      allowed.closeAllConnections();
      await Promise.all([close(allowed), close(canary)]);
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, upstreamAddress(), resolve);
  });
  return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
