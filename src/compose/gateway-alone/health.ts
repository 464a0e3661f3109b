/** One question, for whoever starts and stops the gateway: does it take requests? On a place of its own, never on the agent's. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenTarget } from "../../gateway/gateway.ts";

export interface Health extends AsyncDisposable {
  readonly at: ListenTarget;
}

/** `GET /healthz` is 200, or 503 while `takes()` is false; nothing else is answered with more than 404. */
export async function openHealth(target: ListenTarget, takes: () => boolean): Promise<Health> {
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 5000, maxHeaderSize: 4096, keepAliveTimeout: 1000 },
    (request, response) => {
      const known = request.url === "/healthz" && ["GET", "HEAD"].includes(request.method ?? "");
      const status = known ? (takes() ? 200 : 503) : 404;
      const word = { 200: "ok\n", 503: "draining\n", 404: "not found\n" }[status];
      response.writeHead(status, {
        "content-type": "text/plain",
        "content-length": word.length,
        connection: "close",
      });
      response.end(word);
    },
  );
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen("path" in target ? { path: target.path } : target, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo | string;
  return {
    at: typeof bound === "string" ? { path: bound } : { host: bound.address, port: bound.port },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
