/** A model's API on loopback that says what a test scripts: the far end of the wire for agents other than Claude Code. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuditLine } from "./cli.ts";

export interface ModelRequest {
  readonly line: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FakeModel extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
}

/** `say`: events of a stream, by how many requests came before; an object is JSON. */
export async function openFakeModel(
  say: (index: number, request: ModelRequest) => readonly object[] | object,
): Promise<FakeModel> {
  const requests: ModelRequest[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const text = Buffer.concat(parts).toString();
      const one: ModelRequest = {
        line: `${request.method} ${request.url}`,
        headers: request.headers,
        body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
      const said = say(requests.length, one);
      requests.push(one);
      if (!Array.isArray(said)) {
        response.writeHead(200, { "content-type": "application/json" });
        return response.end(JSON.stringify(said));
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of said as readonly { readonly type?: string }[])
        response.write(
          `${event.type === undefined ? "" : `event: ${event.type}\n`}data: ${JSON.stringify(event)}\n\n`,
        );
      return response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** One bottle with one credential of a model, and one agent for it; the secret comes from the variable E2E_KEY. */
export function modelManifest(provider: string, preset: string, url: string): string {
  return JSON.stringify({
    version: 1,
    bottles: { e2e: { credentials: [{ preset, url, secret: "env:E2E_KEY" }] } },
    agents: { e2e: { bottle: "e2e", provider } },
  });
}

/** Hosts that an agent spoke to, or wanted to, beside its model, which has an address here; names of ours are the probes'. */
export function strays(audit: readonly AuditLine[]): readonly string[] {
  return audit
    .map(({ authority = "" }) => authority)
    .filter((authority) => /^https?:\/\/.*[a-z](?::\d+)?$/.test(authority))
    .filter((authority) => !/\.invalid(?::\d+)?$/.test(authority));
}
