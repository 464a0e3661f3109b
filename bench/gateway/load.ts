/** Asks the same thing again and again on connections that stay: for TLS, which wrk cannot speak through CONNECT, and where wrk is missing. */
import type { Socket } from "node:net";
import { percentile } from "../stats.ts";

/** What one spell of load saw. */
export interface LoadResult {
  readonly requests: number;
  /** Answers that were not 200, and connections that broke. */
  readonly failures: number;
  readonly seconds: number;
  /** Microseconds from request to whole answer. */
  readonly p50: number;
  readonly p99: number;
}

export interface LoadOptions {
  readonly open: () => Promise<Socket>;
  readonly request: string;
  readonly connections: number;
  readonly ms: number;
}

export async function drive(options: LoadOptions): Promise<LoadResult> {
  const opened = Array.from({ length: options.connections }, () => options.open());
  const sockets = await Promise.all(opened);
  const request = Buffer.from(options.request, "latin1");
  const times: number[] = [];
  let failures = 0;
  const begun = performance.now();
  const end = begun + options.ms;
  await Promise.all(
    sockets.map(async (socket) => {
      try {
        await repeat(socket, request, end, times);
      } catch {
        failures += 1;
      }
      socket.destroy();
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const sorted = Float64Array.from(times).sort();
  return {
    requests: times.length,
    failures,
    seconds,
    p50: percentile(sorted, 50) * 1000,
    p99: percentile(sorted, 99) * 1000,
  };
}

/** One request after the other until `end`; rejects at the first that is not answered by 200. */
function repeat(socket: Socket, request: Buffer, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const answer = createAnswerCounter();
    let sent = 0;
    const ask = (): void => {
      sent = performance.now();
      socket.write(request);
    };
    socket.on("data", (chunk: Buffer) => {
      const state = answer(chunk);
      if (state === "more") return;
      const now = performance.now();
      times.push(now - sent);
      if (state === "failed") reject(new Error("an answer was not 200"));
      else if (now >= end) resolve();
      else ask();
    });
    socket.once("close", () => reject(new Error("the connection was closed")));
    ask();
  });
}

/** Says when one answer with a content-length is whole. */
export function createAnswerCounter(): (chunk: Buffer) => "more" | "whole" | "failed" {
  let head = "";
  let left = -1;
  return (chunk) => {
    if (left < 0) {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return "more";
      const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1];
      if (!head.startsWith("HTTP/1.1 200") || length === undefined) return "failed";
      left = Number(length) - (head.length - end - 4);
      head = "";
    } else left -= chunk.length;
    if (left > 0) return "more";
    left = -1;
    return "whole";
  };
}
