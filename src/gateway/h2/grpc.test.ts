/** Real gRPC through a real gateway: every kind of call, injection, the scan, and readers that are slow. */
import { Metadata } from "@grpc/grpc-js";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import {
  allow,
  credentialFor,
  startGateway,
  testPlaceholder,
  testSecret,
} from "../../../tests/support/gateway.ts";
import type { TestGateway, TestGatewayOptions } from "../../../tests/support/gateway.ts";
import { grpcClient, startGrpcServer, unary } from "../../../tests/support/grpc.ts";
import type { GrpcServer } from "../../../tests/support/grpc.ts";
import type { Credential } from "../config.ts";

async function behind(
  upstream: GrpcServer,
  config: TestGatewayOptions["config"] = {},
): Promise<TestGateway> {
  const gateway = await startGateway({
    config: {
      allow: [allow("localhost", upstream.port, { scheme: "https" })],
      extraCa: [upstream.caPem],
      ...config,
    },
  });
  const at = await gateway.gateway.listen({ host: "127.0.0.1", port: 0 });
  // The client reads them when it is made.
  process.env["grpc_proxy"] = `http://127.0.0.1:${"port" in at ? at.port : 0}`;
  process.env["no_grpc_proxy"] = "none.example";
  return gateway;
}

function credentialAt(port: number): Credential {
  const { route: _none, ...rest } = credentialFor(port, {
    authorities: [{ scheme: "https", host: "localhost", port }],
    rules: [{ methods: ["POST"], paths: ["/test.Echo/**"] }],
    dialect: "plain",
  });
  return rest;
}

const blocked = [{ name: "CANARY", value: "canary-0123456789abcdef" }];

describe("gRPC", () => {
  test("a unary call comes with its trailers, and with its status where it fails", async () => {
    await using upstream = await startGrpcServer();
    await using gateway = await behind(upstream, { blockedValues: blocked });
    const client = grpcClient(upstream.port, gateway.caPem);
    const good = await unary(client, "hello", new Metadata());
    expect([good.value, good.error, good.trailers.get("x-after")]).toEqual([
      "hello",
      null,
      ["yes"],
    ]);
    const bad = await unary(client, "fail", new Metadata());
    expect(bad.error).toMatchObject({ code: 9, details: "as you wish" });
    client.close();
  });

  test("a client's stream and a server's stream come whole", async () => {
    await using upstream = await startGrpcServer();
    await using gateway = await behind(upstream, { blockedValues: blocked });
    const client = grpcClient(upstream.port, gateway.caPem);
    const collected = new Promise<string>((resolve, reject) => {
      const call = client.Collect(new Metadata(), (error, value) =>
        error === null ? resolve(String(value)) : reject(error),
      );
      for (let index = 0; index < 100; index += 1) call.write(Buffer.alloc(1000, index));
      call.end();
    });
    expect(await collected).toBe("100000");
    const spread = client.Spread(Buffer.from("50"), new Metadata());
    let size = 0;
    spread.on("data", (part: Buffer) => (size += part.length));
    await once(spread, "end");
    expect(size).toBe(50 * 16 * 1024);
    client.close();
  });

  test("a conversation goes message by message, also where one ends like the beginning of a value", async () => {
    await using upstream = await startGrpcServer();
    await using gateway = await behind(upstream, { blockedValues: blocked });
    const client = grpcClient(upstream.port, gateway.caPem);
    const call = client.Talk(new Metadata());
    for (const word of ["one", "two canary-01234", "c", "ca"]) {
      call.write(Buffer.from(word));
      // The next is sent only after the answer to this one has come.
      const [answer] = (await once(call, "data")) as [Buffer];
      expect(answer.toString()).toBe(`re: ${word}`);
    }
    call.end();
    await once(call, "end");
    client.close();
  });

  test("gets the credential for its placeholder, and does not see it come back", async () => {
    await using upstream = await startGrpcServer();
    await using gateway = await behind(upstream, {
      allow: [],
      credentials: [credentialAt(upstream.port)],
    });
    const client = grpcClient(upstream.port, gateway.caPem);
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${testPlaceholder}`);
    const { value, error } = await unary(client, `say ${testSecret.slice(0, 5)}`, metadata);
    expect([value, error]).toEqual([`say ${testSecret.slice(0, 5)}`, null]);
    expect(upstream.calls[0]?.get("authorization")).toEqual([`Bearer ${testSecret}`]);
    const without = await unary(client, "hello", new Metadata());
    expect(without.error?.code).toBe(7);
    expect(upstream.calls).toHaveLength(1);
    client.close();
  });

  test.each([
    ["in one message", ["canary-0123456789abcdef"]],
    ["cut over messages", ["x canary-0123", "456789abcdef"]],
  ])("a value that may not leave, %s, ends the call", async (_name, words) => {
    await using upstream = await startGrpcServer();
    await using gateway = await behind(upstream, { blockedValues: blocked });
    const client = grpcClient(upstream.port, gateway.caPem);
    const call = client.Talk(new Metadata());
    const failed = once(call, "error");
    call.on("data", () => undefined);
    for (const word of words) call.write(Buffer.from(word));
    await failed;
    expect(gateway.audit.some(({ code }) => code === "blocked-value")).toBe(true);
    expect(upstream.received()).toBe(words.length === 1 ? 0 : (words[0] ?? "").length);
    client.close();
  });

  test("a reader that does not read stops the server instead of filling the gateway", async () => {
    await using upstream = await startGrpcServer();
    await using gateway = await behind(upstream);
    const client = grpcClient(upstream.port, gateway.caPem);
    const before = process.memoryUsage().rss;
    const call = client.Spread(Buffer.from("20000"), new Metadata());
    call.on("error", () => undefined);
    call.pause();
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
    // 320 MB would come.
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    call.cancel();
    client.close();
    expect(gateway.audit.filter(({ event }) => event === "connect")).toHaveLength(1);
  });
});
