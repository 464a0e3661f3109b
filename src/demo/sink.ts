/** An https server of ours that the demo's manifest allows: it counts and keeps whatever reaches it. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContext } from "node:tls";

export interface Sink extends AsyncDisposable {
  /** `https://localhost:<port>`. */
  readonly url: string;
  readonly port: number;
  /** Heads and bodies of all requests, one text each. */
  readonly requests: readonly string[];
}

/** Bytes of one request that are kept. */
const maxKept = 1024 * 1024;

/** Starts it on a free port of 127.0.0.1, with a certificate for `localhost`. */
export async function startSink(tls: { contextFor(host: string): SecureContext }): Promise<Sink> {
  const requests: string[] = [];
  const server = createServer(
    { SNICallback: (host, done) => done(null, tls.contextFor(host)) },
    (request, response) => {
      const chunks: Buffer[] = [];
      let kept = 0;
      request.on("data", (chunk: Buffer) => {
        kept += chunk.length;
        if (kept <= maxKept) chunks.push(chunk);
      });
      request.on("end", () => {
        const head = `${request.method ?? ""} ${request.url ?? ""} ${request.rawHeaders.join(" ")}`;
        requests.push(`${head}\n${Buffer.concat(chunks).toString("latin1")}`);
        response.end("taken");
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    port,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
