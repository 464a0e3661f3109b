/**
 * The Engine API (docs.docker.com/reference/api/engine) over its unix socket: what a bottle needs of it and no more. The daemon is
 * trusted, as it is root on this machine; its answers are bounded all the same.
 */
import { Agent, request } from "node:http";
import type {
  ClientRequest,
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestOptions,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { EngineFailure } from "./failure.ts";
import { chooseVersion } from "./version.ts";
import type { Versions } from "./version.ts";

/** Milliseconds for an answer; a start under load takes seconds. */
const usualPatience = 60_000;
/** Of that, for the first question: a daemon that does not answer it at once will answer none. */
const firstShare = 6;
/** How much longer the first word of a stream may take: a registry may be slow. */
const streamFactor = 10;
/** Connections for calls: where each is a session of ssh, there are few (places/ssh/dial.ts). */
const maxCalls = 4;
const maxAnswer = 16 * 1024 * 1024;

export type Query = Readonly<Record<string, string>>;

export interface Call {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, a tar archive. */
  readonly tar?: Readable | Buffer;
  readonly headers?: OutgoingHttpHeaders;
}

export interface Engine extends Disposable {
  readonly socket: string;
  /** The version spoken, `1.41`; asked for once. */
  version(): Promise<string>;
  /** The newest version that the daemon speaks: what it can do, whatever is spoken. */
  daemon(): Promise<string>;
  /** The answer's JSON, or undefined where it has no body; rejects with an `EngineFailure`. */
  call(
    method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE",
    path: string,
    call?: Call,
  ): Promise<unknown>;
  /** The answer as it comes, without an end to the patience: progress of a build, the end of a container. */
  stream(method: "GET" | "POST", path: string, call?: Call): Promise<IncomingMessage>;
  /** The connection itself, after the daemon has switched it over; `path` has its query. */
  hijack(path: string): Promise<Duplex>;
}

export function openEngine(socket: string, patience: number = usualPatience): Engine {
  // One that idles: where each connection is a session of ssh (places/ssh/dial.ts), those that wait would wait for ever.
  const agent = new Agent({ keepAlive: true, maxSockets: maxCalls, maxFreeSockets: 1 });
  let versions: Promise<Versions> | undefined;
  const place = placeOf(socket);

  const send = (
    method: string,
    path: string,
    { query = {}, json, tar, headers = {} }: Call,
    lone = false,
  ): ClientRequest => {
    const search = new URLSearchParams(query).toString();
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    const type = json === undefined ? "application/x-tar" : "application/json";
    const sent = request({
      ...place,
      method,
      path: search === "" ? path : `${path}?${search}`,
      ...(lone ? { agent: false } : { agent }),
      headers: {
        Host: "docker",
        ...(body === undefined && tar === undefined ? {} : { "Content-Type": type }),
        ...(body === undefined ? {} : { "Content-Length": body.length }),
        ...headers,
      },
    });
    if (tar === undefined || Buffer.isBuffer(tar)) sent.end(tar ?? body);
    else tar.on("error", (error) => sent.destroy(error)).pipe(sent);
    return sent;
  };

  const learn = (): Promise<Versions> =>
    (versions ??= ask(send("GET", "/_ping", {}), patience / firstShare).then(chooseVersion));
  const negotiate = async (): Promise<string> => (await learn()).spoken;
  const versioned = async (path: string): Promise<string> => `/v${await negotiate()}${path}`;

  return {
    socket,
    version: negotiate,
    daemon: async () => (await learn()).theirs,
    async call(method, path, call = {}) {
      // A body that comes as a stream may be given up half sent: no other call shall come after it.
      const lone = call.tar !== undefined;
      const answer = await ask(send(method, await versioned(path), call, lone), patience);
      const text = await textOf(answer, maxAnswer);
      if ((answer.statusCode ?? 0) >= 400) throw failureOf(answer, text);
      return text.trim() === "" ? undefined : (JSON.parse(text) as unknown);
    },
    async stream(method, path, call = {}) {
      const sent = send(method, await versioned(path), call, true);
      const answer = await ask(sent, patience * streamFactor);
      // What follows may take as long as a bottle lives.
      sent.setTimeout(0);
      if ((answer.statusCode ?? 0) >= 400) throw failureOf(answer, await textOf(answer, maxAnswer));
      return answer;
    },
    async hijack(path) {
      const headers = { Connection: "Upgrade", Upgrade: "tcp" };
      return switchOver(send("POST", await versioned(path), { headers }, true), patience);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Where that is, for a request. */
function placeOf(socket: string): RequestOptions {
  if (!socket.startsWith("tcp://")) return { socketPath: socket };
  const { hostname, port } = new URL(socket.replace("tcp:", "http:"));
  return { host: hostname.replaceAll(/[[\]]/g, ""), port };
}

function ask(sent: ClientRequest, timeoutMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on("response", resolve);
    sent.on("error", (error) => reject(gone(error)));
    bound(sent, timeoutMs);
  });
}

function switchOver(sent: ClientRequest, timeoutMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    sent.on("upgrade", (_answer, socket: Socket, head: Buffer) => {
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    sent.on("response", (answer) => {
      textOf(answer, maxAnswer).then((text) => reject(failureOf(answer, text)), reject);
    });
    sent.on("error", (error) => reject(gone(error)));
    bound(sent, timeoutMs);
  });
}

function bound(sent: ClientRequest, timeoutMs: number): void {
  sent.setTimeout(timeoutMs, () =>
    sent.destroy(new Error(`no answer for ${Math.round(timeoutMs / 1000)} s`)),
  );
}

async function textOf(answer: IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > limit) throw new Error("the answer is too long");
      parts.push(part);
    }
  } catch (error) {
    throw gone(error);
  }
  return Buffer.concat(parts).toString("utf8");
}

function failureOf(answer: IncomingMessage, text: string): EngineFailure {
  let words = text;
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === "string") words = message;
  } catch {
    // Old versions answer in plain text.
  }
  return new EngineFailure(answer.statusCode ?? 0, words);
}

function gone(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new EngineFailure(0, `the Docker daemon does not answer: ${why}`);
}
