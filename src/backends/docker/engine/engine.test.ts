/** The client against servers that are no Docker, or a strange one. */
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BottleError } from "../../../errors/error.ts";
import { openEngine } from "./engine.ts";
import { EngineFailure, engineError, launchError } from "./failure.ts";

const dir = mkdtempSync(join(tmpdir(), "bottle-engine-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let servers = 0;

async function serve(
  answer: RequestListener,
  version: string | undefined = "1.41",
): Promise<{ readonly socket: string } & AsyncDisposable> {
  servers += 1;
  const socket = join(dir, `${servers}.sock`);
  const server = createServer((request, response) => {
    if (request.url !== "/_ping") return answer(request, response);
    if (version !== undefined) response.setHeader("Api-Version", version);
    response.end("OK");
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("the Engine's client", () => {
  it.each([
    ["1.41", "1.41"],
    ["1.44", "1.44"],
    ["1.99", "1.47"],
  ])("speaks the newest version that both know: %s becomes %s", async (theirs, spoken) => {
    const asked: string[] = [];
    await using server = await serve((request, response) => {
      asked.push(request.url ?? "");
      response.end("{}");
    }, theirs);
    using engine = openEngine(server.socket);
    expect(await engine.version()).toBe(spoken);
    await engine.call("GET", "/info");
    expect(asked).toEqual([`/v${spoken}/info`]);
  });

  it.each(["1.40", "2.0", "none", undefined])(
    "refuses what it cannot speak to: %s",
    async (version) => {
      await using server = await serve((_request, response) => response.end("{}"), version ?? "");
      using engine = openEngine(server.socket);
      await expect(engine.call("GET", "/info")).rejects.toThrow(/too old|no Docker daemon/);
    },
  );

  it("tells the daemon's own words, cut and without anything that a terminal would obey", async () => {
    await using server = await serve((_request, response) => {
      response.statusCode = 409;
      response.end(JSON.stringify({ message: `taken\u001b[31m\n${"x".repeat(1000)}` }));
    });
    using engine = openEngine(server.socket);
    const failure: unknown = await engine.call("GET", "/x").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineFailure);
    const { status, message } = failure as EngineFailure;
    expect(status).toBe(409);
    expect(message).toMatch(/^taken \[31m x+$/);
    expect(message.length).toBeLessThanOrEqual(400);
    expect(launchError(failure)).toMatchObject({ code: "E_RUNG_LAUNCH" });
  });

  it("does not take an answer without end into memory", async () => {
    await using server = await serve((_request, response) => {
      const more = Buffer.alloc(1024 * 1024, "x");
      const write = (): void => {
        while (!response.destroyed && response.write(more));
        response.once("drain", write);
      };
      write();
    });
    using engine = openEngine(server.socket);
    await expect(engine.call("GET", "/x")).rejects.toThrow("too long");
  });

  it("says that nobody is there, and that a connection broke", async () => {
    using nobody = openEngine(join(dir, "nobody.sock"));
    await expect(nobody.call("GET", "/x")).rejects.toThrow(/does not answer.*ENOENT/);
    await using server = await serve((request) => request.socket.destroy());
    using engine = openEngine(server.socket);
    const failure: unknown = await engine.call("GET", "/x").catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 0 });
    const told = engineError(failure);
    expect(told).toBeInstanceOf(BottleError);
    expect(told).toMatchObject({ code: "E_RUNG_UNAVAILABLE" });
  });

  it("waits for no daemon for ever, nor gives up on a stream that has begun", async () => {
    await using server = await serve((request, response) => {
      if (request.url?.endsWith("/never") === true) return;
      response.flushHeaders();
      setTimeout(() => response.end("late"), 700);
    });
    using engine = openEngine(server.socket, 300);
    await expect(engine.call("GET", "/never")).rejects.toThrow("no answer");
    await expect(engine.hijack("/never")).rejects.toThrow("no answer");
    const parts: string[] = [];
    for await (const part of await engine.stream("GET", "/late")) parts.push(String(part));
    expect(parts.join("")).toBe("late");
  });

  it("rejects where a connection is not handed over", async () => {
    await using server = await serve((_request, response) => {
      response.statusCode = 404;
      response.end('{"message":"no such container"}');
    });
    using engine = openEngine(server.socket);
    await expect(engine.hijack("/containers/x/attach")).rejects.toMatchObject({ status: 404 });
  });
});
