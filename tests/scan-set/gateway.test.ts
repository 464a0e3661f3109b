import { describe, expect, it } from "vitest";
import { allow, codeOf, isAnswer, startGateway } from "../support/gateway.ts";
import { startUpstream } from "../support/upstream.ts";
import type { RawUpstream } from "../support/upstream.ts";
import { falseOnes, trueCases } from "./cases.ts";
import type { SetCase } from "./cases.ts";
import type { SetRequest } from "./carriers.ts";
import { values } from "./values.ts";

/** Two of each carrier: the first, and one from the middle. */
function some(cases: readonly SetCase[]): readonly SetCase[] {
  const names = [...new Set(cases.map(({ carrier }) => carrier))];
  return names.flatMap((name) => {
    const of = cases.filter(({ carrier }) => carrier === name);
    return [of[0], of[of.length >> 1]] as SetCase[];
  });
}

function wire({ method, target, fields, body }: SetRequest, port: number): Buffer {
  const head = [
    `${method} http://localhost:${port}${target} HTTP/1.1`,
    `Host: localhost:${port}`,
    ...fields,
    ...(method === "POST" ? ["Transfer-Encoding: chunked"] : []),
  ];
  const half = body.length >> 1;
  const chunks =
    method === "GET" ? [] : [body.subarray(0, half), body.subarray(half), Buffer.alloc(0)];
  return Buffer.concat([
    Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"),
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      chunk,
      Buffer.from("\r\n"),
    ]),
  ]);
}

/** Once the request is there to its end. */
function answerWhole(socket: { write(text: string): void }, received: string): void {
  const end = received.indexOf("\r\n\r\n");
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
  if (end >= 0 && received.length === end + 4 + length)
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

async function sent(
  one: SetCase,
): Promise<{ code: string | undefined; bytes: number; reasons: unknown }> {
  await using upstream: RawUpstream = await startUpstream({ answer: answerWhole });
  await using bottle = await startGateway({
    config: { blockedValues: values, allow: [allow("localhost", upstream.port)] },
  });
  const client = bottle.open();
  client.send(wire(one.request, upstream.port));
  const code = codeOf(await client.until(isAnswer));
  const bytes = upstream.received.join("").length;
  return { code, bytes, reasons: bottle.audit.map(({ reason }) => reason) };
}

describe("the labelled set at the gateway", () => {
  it.each(some(trueCases).map((one) => [one.carrier, one.written, one] as const))(
    "%s, %s: refused, with no byte at the sink",
    async (_carrier, written, one) => {
      const { code, bytes, reasons } = await sent(one);
      expect([code, bytes]).toEqual([written === "token" ? "blocked-pattern" : "blocked-value", 0]);
      expect(JSON.stringify(reasons)).toContain(one.wanted);
    },
  );

  it.each(some(falseOnes).map((one) => [one.carrier, one.written, one] as const))(
    "%s, %s: goes out",
    async (_carrier, _written, one) => {
      const { code, bytes } = await sent(one);
      expect(code).toBeUndefined();
      expect(bytes).toBeGreaterThan(one.request.body.length);
    },
  );
});
