/**
 * Counts and times what a start asks of the Docker Engine: a socket of our own in front of the daemon's, that passes every byte on
 * and reads the heads of the requests (RFC 9112). Runs that are timed as a whole do not go through it.
 */
import { createConnection, createServer } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { clock } from "../clock.ts";

/** One request, milliseconds since the epoch. */
export interface EngineCall {
  /** `POST /containers/ID/start`, without the version and the query. */
  readonly what: string;
  readonly asked: number;
  /** The first byte of the answer; undefined for what was never answered. */
  answered: number | undefined;
}

export interface EngineCounter extends AsyncDisposable {
  readonly socket: string;
  /** In the order in which they were asked; emptied by whoever takes them. */
  readonly calls: EngineCall[];
}

/** `socket` is a path that nobody uses. */
export async function countEngineCalls(daemon: string, socket: string): Promise<EngineCounter> {
  const calls: EngineCall[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const behind = createConnection({ path: daemon, allowHalfOpen: true });
    const waiting: EngineCall[] = [];
    const read = readRequests((what) => {
      const call: EngineCall = { what, asked: clock(), answered: undefined };
      calls.push(call);
      waiting.push(call);
    });
    client.on("data", read);
    behind.on("data", () => {
      const call = waiting.shift();
      if (call !== undefined) call.answered = clock();
    });
    client.pipe(behind);
    behind.pipe(client);
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => open.delete(one));
    }
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    socket,
    calls,
    async [Symbol.asyncDispose]() {
      for (const one of open) one.destroy();
      await new Promise((done) => server.close(done));
      rmSync(socket, { force: true });
    },
  };
}

/** Finds each request's first line; what follows a connection's upgrade is no request. */
function readRequests(found: (what: string) => void): (chunk: Buffer) => void {
  let head = "";
  let body = 0;
  let raw = false;
  return (chunk) => {
    for (let at = 0; at < chunk.length && !raw;) {
      if (body > 0) {
        const part = Math.min(body, chunk.length - at);
        body -= part;
        at += part;
        continue;
      }
      const before = head.length;
      head += chunk.toString("latin1", at);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      at += end + 4 - before;
      const [line = ""] = head.split("\r\n", 1);
      body = Number(/^content-length: *(\d+)\r?$/im.exec(head.slice(0, end))?.[1] ?? 0);
      // A body without a length (a build's context) is not looked for an end: nothing else comes on its connection.
      raw = /^(?:upgrade|transfer-encoding):/im.test(head.slice(0, end));
      head = "";
      found(nameOf(line));
    }
  };
}

/** Without what differs from run to run. */
function nameOf(line: string): string {
  const [method = "", target = ""] = line.split(" ");
  const path = (target.split("?")[0] ?? "")
    .replace(/^\/v1\.\d+/, "")
    .replaceAll(/\/[0-9a-f]{64}(?=\/|$)/g, "/ID")
    .replaceAll(/\/images\/.+\/json$/g, "/images/NAME/json");
  return `${method} ${path}`;
}
