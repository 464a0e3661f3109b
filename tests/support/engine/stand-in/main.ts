/**
 * Stands in for pipelock where it cannot be had: what it publishes of its settings, its scan API and its proxy, as far as they are
 * used here (docs/pipelock.md says where that was read). It finds a handful of shapes, and is no pipelock in anything else.
 * `leads` and `trick` come before it: where names lead, and what it does that pipelock never would.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { findings, judgeUrl } from "./findings.ts";
import { listed, readSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";

declare const leads: Readonly<Record<string, { host: string; port: number }>> | null;
/** Returns what goes over the answer, or `answered`. */
declare const trick: ((answer: object, response: ServerResponse) => object | "answered") | null;

const version = "0.0.0-stand-in";

interface Question {
  readonly kind: "url" | "dlp";
  readonly input: { readonly url?: string; readonly text?: string };
  readonly context?: { readonly request_id?: string };
}

function serveScans(settings: Settings, api: NonNullable<Settings["scan_api"]>): void {
  const answer = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const say = (status: number, what: object): void => {
      const text = JSON.stringify({ scan_id: "scan-0", engine_version: version, ...what });
      response.writeHead(status, { "content-type": "application/json" }).end(text);
    };
    const fail = (status: number, code: string): void =>
      say(status, { status: "error", kind: "", errors: [{ code, message: code }] });
    if (request.url !== "/api/v1/scan") return fail(404, "not_found");
    if (request.method !== "POST") return fail(405, "method_not_allowed");
    const { authorization } = request.headers;
    if (!api.auth.bearer_tokens.some((token) => authorization === `Bearer ${token}`))
      return fail(401, "unauthorized");
    if (body.length > api.max_body_bytes) return fail(400, "body_too_large");
    const { kind, input, context } = JSON.parse(body.toString("utf8")) as Question;
    if (api.kinds[kind] !== true) return fail(400, "kind_disabled");
    const data = (kind === "url" ? input.url : input.text) ?? "";
    if (data === "" || Buffer.byteLength(data) > api.field_limits[kind === "url" ? "url" : "text"])
      return fail(400, "invalid_input");
    const done = { status: "completed", kind, request_id: context?.request_id, duration_ms: 0 };
    const odd = trick?.(done, response) ?? {};
    if (odd === "answered") return;
    const found = kind === "url" ? judgeUrl(data, settings) : findings(data, "dlp");
    const decision = found.length > 0 ? "deny" : "allow";
    say(200, { ...done, decision, ...(found.length > 0 && { findings: found }), ...odd });
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(request, Buffer.concat(parts), response));
  });
  listenAt(server, api.listen);
}

function serveProxy(settings: Settings): void {
  const server = createServer((request, response) => {
    if (request.url !== "/health") return void response.writeHead(404).end();
    response.end(JSON.stringify({ status: "healthy", version, mode: settings.mode }));
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const target = request.url ?? "";
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(target) ?? [];
    socket.on("error", () => undefined);
    if (!settings.forward_proxy.enabled || !listed(host, settings.api_allowlist)) {
      log({ event: "blocked", scanner: "allowlist", host, url: `https://${target}/` });
      return void socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    }
    const to = leads?.[target] ?? { host, port: Number(port) };
    const upstream = connect(to.port, to.host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"));
    socket.on("close", () => upstream.destroy());
  });
  listenAt(server, settings.fetch_proxy.listen);
}

function listenAt(server: Server, place: string): void {
  const [host = "", port = ""] = place.split(":");
  server.keepAliveTimeout = 60_000;
  server.listen(Number(port), host);
}

function log(entry: object): void {
  process.stdout.write(`${JSON.stringify({ level: "warn", ...entry })}\n`);
}

const [command, flag, file = ""] = process.argv.slice(2);
try {
  if (flag !== "--config") throw new Error("usage: check|run --config FILE");
  const settings = readSettings(readFileSync(file, "utf8"));
  if (command === "run") {
    if (settings.scan_api !== undefined) serveScans(settings, settings.scan_api);
    serveProxy(settings);
    if (settings.metrics_listen !== undefined)
      listenAt(
        createServer((_request, response) => void response.end()),
        settings.metrics_listen,
      );
  }
} catch (error) {
  process.stderr.write(`Error: ${error instanceof Error ? error.message : "?"}\n`);
  process.exitCode = 1;
}
