import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnswerCounter, drive } from "./load.ts";
import { startOrigin } from "./origin.ts";
import { openPlain, openTls, requestHead } from "./way.ts";

const answer = `HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX: y\r\n\r\n0123456789`;

describe("the end of an answer", () => {
  it("is found however it is cut, answer after answer", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length), { maxLength: 6 }), (cuts) => {
        const counter = createAnswerCounter();
        for (let round = 0; round < 2; round += 1) {
          const marks = [...new Set([0, ...cuts, answer.length])].toSorted((a, b) => a - b);
          const states = marks
            .slice(1)
            .map((end, index) => counter(Buffer.from(answer.slice(marks[index], end))));
          expect(states.at(-1)).toBe("whole");
          expect(states.slice(0, -1).every((state) => state === "more")).toBe(true);
        }
      }),
      { seed: 5 },
    );
  });

  it("is not that of a refusal, or of an answer without length", () => {
    expect(createAnswerCounter()(Buffer.from("HTTP/1.1 403 Forbidden\r\n\r\n"))).toBe("failed");
    expect(createAnswerCounter()(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"))).toBe("failed");
  });
});

describe("load from Node", () => {
  it("counts answers and times over plain http and over TLS", async () => {
    await using origin = await startOrigin();
    const way = { port: origin.port, host: "x", target: (path: string) => path };
    const tls = {
      at: origin.tlsPort,
      proxied: false,
      originPort: origin.tlsPort,
      ca: origin.caPem,
    };
    for (const open of [() => openPlain(way), () => openTls(tls)]) {
      const request = requestHead("GET", "/small", "localhost");
      const result = await drive({ open, request, connections: 3, ms: 50 });
      expect(result.failures).toBe(0);
      expect(result.requests).toBeGreaterThanOrEqual(3);
      expect(result.p99).toBeGreaterThanOrEqual(result.p50);
    }
  });

  it("tells of answers that are not 200", async () => {
    await using origin = await startOrigin();
    const way = { port: origin.port, host: "x", target: (path: string) => path };
    const request = requestHead("GET", "/nothing", "x");
    const result = await drive({ open: () => openPlain(way), request, connections: 2, ms: 50 });
    expect(result.failures).toBe(2);
  });
});
