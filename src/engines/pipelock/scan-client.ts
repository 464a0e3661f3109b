/** Asks pipelock's scan API, from within its sandbox. */
import type { Agent } from "node:http";
import { readScanAnswer } from "./scan-answer.ts";
import type { ScanAnswer } from "./scan-answer.ts";

export interface ScanClientOptions {
  readonly port: number;
  readonly token: string;
  readonly timeoutMs: number;
}

/** Bytes of an answer. */
const longest = 64 * 1024;

export type Scan = (kind: "url" | "dlp", data: string) => Promise<ScanAnswer>;

export function createScanClient({ port, token, timeoutMs }: ScanClientOptions): Scan {
  const { Agent: HttpAgent, request } = process.getBuiltinModule("node:http");
  const agent: Agent = new HttpAgent({ keepAlive: true, maxSockets: 16 });
  let count = 0;

  const once = (kind: "url" | "dlp", id: string, body: string): Promise<ScanAnswer | "again"> =>
    new Promise((resolve) => {
      const asking = request(
        {
          agent,
          host: "127.0.0.1",
          port,
          method: "POST",
          path: "/api/v1/scan",
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
          },
        },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => {
            text += part;
            if (text.length > longest) asking.destroy(new Error("its answer is too long"));
          });
          answer.on("end", () => {
            clearTimeout(timer);
            resolve(readScanAnswer(answer.statusCode ?? 0, text, { kind, request: id }));
          });
          answer.on("error", failed);
        },
      );
      const timer = setTimeout(
        () => asking.destroy(new Error(`it does not answer in ${timeoutMs} ms`)),
        timeoutMs,
      );
      const failed = (error: Error): void => {
        clearTimeout(timer);
        // It closed a connection that waited just as it was used again: it has not looked at the question.
        const { code } = error as NodeJS.ErrnoException;
        if (asking.reusedSocket && (code === "ECONNRESET" || code === "EPIPE")) resolve("again");
        else resolve({ verdict: "none", why: code ?? error.message });
      };
      asking.on("error", failed);
      asking.end(body);
    });

  return async (kind, data) => {
    const id = String((count += 1));
    const input = kind === "url" ? { url: data } : { text: data };
    const body = JSON.stringify({ kind, input, context: { request_id: id } });
    for (let tries = 0; tries < 3; tries += 1) {
      const answer = await once(kind, id, body);
      if (answer !== "again") return answer;
    }
    return { verdict: "none", why: "it closes its connections" };
  };
}
