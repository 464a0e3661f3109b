/** The small client that the hijacked agent of the demo uses; it lies in the workspace as `knock.mjs`. */

/** What one run of it prints: an answer, or the errno of what stopped it. */
export interface Knock {
  readonly status?: number;
  /** The `x-claude-bottle` header: the code of a refusal. */
  readonly code?: string | null;
  readonly body?: string;
  readonly error?: string;
}

/**
 * `node knock.mjs URL [-H 'name: value'] [-d BODY]`: https goes through the proxy door by CONNECT, http straight.
 * `node knock.mjs tcp://HOST:PORT` and `udp://HOST:PORT` go around every door; `dns://NAME` asks the resolver.
 */
export const knockScript: string = String.raw`
import dgram from "node:dgram";
import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";

const [where, ...rest] = process.argv.slice(2);
const headers = {};
let body;
for (let at = 0; at < rest.length; at += 2) {
  const value = rest[at + 1] ?? "";
  if (rest[at] === "-d") body = value;
  else headers[value.slice(0, value.indexOf(":"))] = value.slice(value.indexOf(":") + 1).trim();
}
const say = (what) => {
  console.log(JSON.stringify(what));
  process.exit(0);
};
const fail = (error) => say({ error: error.code ?? error.message });
const code = (response) => response.headers["x-claude-bottle"] ?? null;
const answered = (response) => {
  let text = "";
  response.on("data", (data) => (text += data));
  response.on("end", () => say({ status: response.statusCode, code: code(response), body: text.slice(0, 300) }));
};
setTimeout(() => say({ error: "ETIMEDOUT" }), 10_000);

const to = new URL(where);
const host = to.hostname;
const options = { method: body === undefined ? "GET" : "POST", headers };
// No agent option: with one, createConnection would not be asked.
const send = (client, more) => client.request(to, { ...options, ...more }, answered).on("error", fail).end(body);

if (to.protocol === "tcp:") {
  net.connect(Number(to.port), host, () => say({ body: "connected" })).on("error", fail);
} else if (to.protocol === "udp:") {
  const socket = dgram.createSocket("udp4").on("error", fail);
  socket.send("knock", Number(to.port), host, (error) => (error ? fail(error) : say({ body: "sent" })));
} else if (to.protocol === "dns:") {
  dns.lookup(host, (error, address) => (error ? fail(error) : say({ body: address })));
} else if (to.protocol === "http:") {
  send(http, {});
} else {
  const door = new URL(process.env.HTTPS_PROXY);
  const authority = host + ":" + (to.port || 443);
  http
    .request({ host: door.hostname, port: door.port, method: "CONNECT", path: authority, headers: { host: authority } })
    .on("connect", (response, socket) => {
      if (response.statusCode !== 200) say({ status: response.statusCode, code: code(response) });
      send(https, { createConnection: () => tls.connect({ socket, servername: host }) });
    })
    .on("error", fail)
    .end();
}
`;

/** The lines of `knock.mjs` in a tool's output; they come from a bottle, so only their shape is trusted. */
export function readKnocks(output: string): readonly Knock[] {
  return output.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === "object" && value !== null ? [checkedKnock(value)] : [];
    } catch {
      return [];
    }
  });
}

function checkedKnock(value: object): Knock {
  const fields = value as Record<string, unknown>;
  const { status, code, body, error } = fields;
  return {
    ...(typeof status === "number" ? { status } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof body === "string" ? { body } : {}),
    ...(typeof error === "string" ? { error } : {}),
  };
}
