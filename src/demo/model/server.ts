/**
 * A scripted model: a Messages API server on loopback that says what its script says. It is the far end of the wire,
 * for the demo, the measurements and the tests; it is strict about what reaches it and records all of it.
 */
import { createServer as createPlainServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContext } from "node:tls";
import { answerFault, answerTurn, sendError } from "./answer.ts";
import { apiError, checkCredential, readMessagesRequest } from "./request.ts";
import type { SeenRequest } from "./request.ts";
import { nextTurn } from "./turns.ts";
import type { Fault, Turn } from "./turns.ts";

export interface ScriptedModelOptions {
  readonly turns: readonly Turn[];
  readonly faults?: readonly Fault[];
  /** The real credential it demands; everything else gets 401. Absent: any. */
  readonly token?: string;
  /** Certificates for https; the host is named `localhost`. Absent: plain http on 127.0.0.1. */
  readonly tls?: { contextFor(host: string): SecureContext };
  /** Where it listens, with plain http; 127.0.0.1 unless told. */
  readonly address?: string;
  /** A path before `/v1/…`, e.g. `/corp/anthropic`. */
  readonly prefix?: string;
  /** Awaited before a turn of the script is given. */
  readonly beforeTurn?: (index: number) => Promise<void>;
  /** Awaited before each event of a stream, so that a test decides when bytes flow. */
  readonly beforeEvent?: (index: number) => Promise<void>;
  readonly now?: () => number;
}

export interface ScriptedModel extends AsyncDisposable {
  /** Base URL with the prefix, without trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Every request that arrived, oldest first. */
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/** Bytes; far above what an agent sends. */
const maxBody = 64 * 1024 * 1024;

/** Starts the server on a free port. */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const requests: SeenRequest[] = [];
  const faults = [...(options.faults ?? [])];
  const handle: RequestListener = (request, response) => {
    serve(request, response, options, requests, faults).catch(() => request.destroy());
  };
  const { address = "127.0.0.1" } = options;
  const server = listener(options.tls, handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin =
    options.tls === undefined ? `http://${address}:${port}` : `https://localhost:${port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `${origin}${options.prefix ?? ""}`,
    port,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listener(tls: ScriptedModelOptions["tls"], handle: RequestListener): Server {
  if (tls === undefined) return createPlainServer(handle);
  return createTlsServer(
    { SNICallback: (host, done) => done(null, tls.contextFor(host)), minVersion: "TLSv1.2" },
    handle,
  );
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ScriptedModelOptions,
  requests: SeenRequest[],
  faults: Fault[],
): Promise<void> {
  const seen: SeenRequest = {
    at: (options.now ?? Date.now)(),
    method: request.method ?? "",
    target: request.url ?? "",
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: "",
    status: 0,
  };
  requests.push(seen);
  response.once("close", () => (seen.status = response.headersSent ? response.statusCode : 0));
  const body = await readBody(request);
  Object.assign(seen, { body });
  await answer(seen, response, options, requests.length, faults);
}

async function answer(
  seen: SeenRequest,
  response: ServerResponse,
  options: ScriptedModelOptions,
  number: number,
  faults: Fault[],
): Promise<void> {
  const { method, headers } = seen;
  const path = pathUnder(options.prefix ?? "", seen.target);
  if (method === "HEAD" && path === "/") return void response.writeHead(404).end();
  const denied = options.token === undefined ? undefined : checkCredential(headers, options.token);
  if (denied !== undefined) return sendError(response, denied);
  if (method === "GET" && path === "/v1/models") return sendModels(response);
  const counting = path === "/v1/messages/count_tokens";
  if (method !== "POST" || (path !== "/v1/messages" && !counting))
    return sendError(response, apiError(404, `Not found: ${method} ${path}`));
  const wanted = readMessagesRequest(headers, seen.body);
  if ("status" in wanted) return sendError(response, wanted);
  const inputTokens = Math.ceil(seen.body.length / 4);
  if (counting) return sendJson(response, { input_tokens: inputTokens });
  const head = {
    id: `msg_scripted${String(number).padStart(4, "0")}`,
    model: wanted.model,
    inputTokens,
  };
  // A request without tools is no step of the script: a title, a summary, or a check of ours.
  const turn: Turn = wanted.hasTools
    ? nextTurn(options.turns, wanted.assistantMessages)
    : { kind: "text", text: "scripted" };
  if (wanted.hasTools) await options.beforeTurn?.(wanted.assistantMessages);
  const fault = faults.shift();
  if (fault !== undefined) return answerFault(response, fault, turn, head);
  return answerTurn(response, turn, head, wanted.stream, options.beforeEvent);
}

/** The path without prefix and query, or undefined outside of the prefix. */
function pathUnder(prefix: string, target: string): string | undefined {
  const path = target.split("?")[0] ?? "";
  if (!path.startsWith(prefix)) return undefined;
  return path.slice(prefix.length) || "/";
}

function sendModels(response: ServerResponse): void {
  const model = { type: "model", id: "claude-scripted", display_name: "Scripted" };
  sendJson(response, { data: [model], has_more: false, first_id: model.id, last_id: model.id });
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new RangeError("request body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
