import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEngine } from "../../src/backends/docker/engine/engine.ts";
import { countEngineCalls } from "./engine-calls.ts";

let folder: string;
let daemon: Server;

/** Answers as an Engine does, and switches a connection over where it is asked to. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-calls-"));
  daemon = createServer((request, answer) => {
    answer.setHeader("Api-Version", "1.41");
    request.resume().on("end", () => answer.end('{"Id":"x"}'));
  });
  daemon.on("upgrade", (_request, socket) => {
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    socket.on("data", (data: Buffer) => socket.write(data));
    socket.on("error", () => undefined);
  });
  daemon.listen(join(folder, "daemon.sock"));
  await once(daemon, "listening");
});
afterEach(() => {
  daemon.closeAllConnections();
  daemon.close();
  rmSync(folder, { recursive: true });
});

it("names every call to an Engine and how long it took, and changes nothing", async () => {
  await using counter = await countEngineCalls(
    join(folder, "daemon.sock"),
    join(folder, "way.sock"),
  );
  using engine = openEngine(counter.socket);
  const id = "0123456789abcdef".repeat(4);
  const image = encodeURIComponent("claude-bottle/default:1");
  const made = await engine.call("POST", "/containers/create", {
    query: { name: "a" },
    json: { text: "GET /not/a/call HTTP/1.1\r\n\r\n".repeat(5_000) },
  });
  expect(made).toEqual({ Id: "x" });
  await Promise.all([
    engine.call("POST", `/containers/${id}/start`),
    engine.call("GET", `/images/${image}/json`),
  ]);
  const stream = await engine.hijack(`/containers/${id}/attach?stream=1`);
  stream.write("GET /typed HTTP/1.1\r\n\r\n");
  const [echo] = (await once(stream, "data")) as [Buffer];
  expect(echo.toString()).toContain("/typed");
  stream.destroy();
  expect(counter.calls.map(({ what }) => what).toSorted()).toEqual([
    "GET /_ping",
    "GET /images/NAME/json",
    "POST /containers/ID/attach",
    "POST /containers/ID/start",
    "POST /containers/create",
  ]);
  for (const { what, asked, answered } of counter.calls)
    expect(answered, what).toBeGreaterThanOrEqual(asked);
});
