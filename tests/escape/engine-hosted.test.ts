/** A gateway beside its bottle, and the engine beside the supervisor: questions go over the wire, and nothing leaves without an answer. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EngineSpec } from "../../src/manifest/manifest.ts";
import { standIn } from "../support/engine/pipelock.ts";
import type { StandIn } from "../support/engine/pipelock.ts";
import { openScene } from "../support/hosted/open.ts";
import type { HostedScene } from "../support/hosted/open.ts";
import { bundleProgram } from "../support/hosted/program.ts";
import { lacksProgram, need } from "../support/require.ts";

const seed = "abandon ability able about above absent absorb abstract absurd abuse access accident";
let program: Awaited<ReturnType<typeof bundleProgram>>;

beforeAll(async () => {
  program = await bundleProgram();
});
afterAll(() => program[Symbol.asyncDispose]());

function open(engine: StandIn): Promise<HostedScene> {
  const spec: EngineSpec = {
    name: "pipelock",
    as: "verdict",
    program: engine.program,
    conversation: "read",
    entropy: 4.5,
  };
  return openScene({
    file: program.file,
    engine: spec,
    answer: (socket, received) => {
      const [head = "", body = ""] = received.split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (received.includes("\r\n\r\n") && body.length >= length)
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    },
  });
}

const post = (scene: HostedScene, body: string): Promise<string> =>
  scene.say(
    `POST /anthropic/v1/messages HTTP/1.1\r\nhost: 127.0.0.1:4180\r\nx-api-key: ${scene.placeholder}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
const message = (content: string): string =>
  JSON.stringify({ model: "m", max_tokens: 1, messages: [{ role: "user", content }] });

describe("an engine of a hosted gateway", () => {
  test("says yes and no over the wire, to texts of any length", async (context) => {
    need(context, lacksProgram("bwrap"));
    await using engine = await standIn();
    await using scene = await open(engine);
    expect(await scene.ask()).toMatch(/^HTTP\/1.1 200/);
    expect(await post(scene, message("hello"))).toMatch(/^HTTP\/1.1 200/);
    expect(await post(scene, message(seed))).toContain("x-claude-bottle: engine-denied");
    const long = `${"plain words and no more ".repeat(20_000)}${seed} and on`;
    expect(await post(scene, message(long))).toContain("x-claude-bottle: engine-denied");
    expect(await post(scene, message(long.replace("abuse", "a")))).toMatch(/^HTTP\/1.1 200/);
    expect(scene.upstream.received.join("")).not.toContain("abuse access");
  });

  test("that gives no verdict is a no there as well", async (context) => {
    need(context, lacksProgram("bwrap"));
    await using engine = await standIn({ trick: "() => ({ decision: 'warn' })" });
    await using scene = await open(engine);
    expect(await scene.ask()).toContain("x-claude-bottle: engine-unavailable");
    expect(scene.upstream.received.join("")).not.toContain("GET /v1/models");
    await expect
      .poll(async () => (await scene.audit()).map(({ code }) => code))
      .toContain("engine-unavailable");
  });
});
