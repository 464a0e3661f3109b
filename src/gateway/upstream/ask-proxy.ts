/** Asks a proxy for a way to one authority (CONNECT, RFC 9110 section 9.3.6) and reads its answer, strictly and bounded. */
import type { Socket } from "node:net";
import { findHeadEnd } from "../http/head-end.ts";
import { parseResponseHead } from "../http/response-head.ts";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";

const nothing: Buffer = Buffer.alloc(0);

/**
 * The status of the answer; after 200 the connection is the upstream's, and paused. Rejects with an `Error` for an
 * answer that cannot be read, one that does not come, and bytes that nobody asked for.
 */
export function askProxy(
  socket: Socket,
  request: string,
  limits: Pick<Limits, "fields" | "proxyHead" | "proxyMs">,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let input: Buffer = nothing;
    const timer = setTimeout(() => finish(new Error("it did not answer in time")), limits.proxyMs);
    const finish = (end: number | Error): void => {
      clearTimeout(timer);
      socket.off("data", take);
      socket.off("close", gone);
      socket.pause();
      if (typeof end === "number") return resolve(end);
      socket.destroy();
      reject(end);
    };
    const gone = (): void => finish(new Error("it closed the connection"));
    const take = (chunk: Buffer): void => {
      input = input.length === 0 ? chunk : Buffer.concat([input, chunk]);
      try {
        const end = findHeadEnd(input, limits.proxyHead);
        if (end < 0) return;
        const { status } = parseResponseHead(input.subarray(0, end), "CONNECT", limits.fields);
        // No upstream of ours speaks first: what follows at once is no tunnel, and could pass for an answer later.
        if (status === 200 && input.length > end + 4)
          throw new Error("it sent more than the head of its answer");
        finish(status);
      } catch (error) {
        finish(new Error(reasonOf(error)));
      }
    };
    socket.on("data", take);
    socket.once("close", gone);
    socket.write(request, "latin1");
  });
}

/** Never a piece of the answer: it may hold what the proxy was told. */
function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return `its answer cannot be read: ${error.reason}`;
  return error instanceof Error ? error.message : "its answer cannot be read";
}
