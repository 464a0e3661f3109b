/** How requests of the bench go to a contender, and what a contender is. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export const contenderNames = ["direct", "ours", "nginx", "squid", "mitmproxy"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Where connections go, and what is written on them. */
export interface Way {
  readonly port: number;
  /** What a request line says for a path of the origin. */
  target(path: string): string;
  /** The Host field. */
  readonly host: string;
}

/** TLS to `host` at the origin, read on the way by a proxy where there is one. */
export interface TlsWay {
  /** Of the proxy, or of the origin: on loopback, or a unix socket. */
  readonly at: number | string;
  readonly proxied: boolean;
  readonly originPort: number;
  /** What the other end's certificate is verified with; undefined: not at all. */
  readonly ca: string | undefined;
}

export interface Contender extends AsyncDisposable {
  readonly name: ContenderName;
  /** Undefined for none in between. */
  readonly pid: number | undefined;
  readonly plain: Way;
  readonly tls: TlsWay | undefined;
}

/** Fields that each request of the bench carries, whoever it goes through. */
export const placeholder = "bench-placeholder-0123456789abcdef";
export const fields: readonly (readonly [string, string])[] = [
  ["User-Agent", "bench/1"],
  ["Accept", "application/json"],
  ["X-Api-Key", placeholder],
];

/** A whole request head. */
export function requestHead(
  method: string,
  target: string,
  host: string,
  more: readonly (readonly [string, string])[] = [],
): string {
  const lines = [["Host", host] as const, ...fields, ...more].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

export async function openPlain(way: Way): Promise<Socket> {
  return standing(connect({ host: "127.0.0.1", port: way.port, noDelay: true }), "connect");
}

/** Through CONNECT where the way has a proxy; resolves after the handshake. */
export async function openTls(way: TlsWay, host = "localhost"): Promise<Socket> {
  const { at, ca } = way;
  const to = typeof at === "string" ? { path: at } : { host: "127.0.0.1", port: at };
  const socket = await standing(connect({ ...to, noDelay: true }), "connect");
  if (way.proxied) {
    const authority = `${host}:${way.originPort}`;
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    await granted(socket);
  }
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
  const inner = connectTls({ socket, servername: host, ...trust, ALPNProtocols: ["http/1.1"] });
  inner.once("close", () => socket.destroy());
  return standing(inner, "secureConnect");
}

function standing(socket: Socket, event: "connect" | "secureConnect"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.on("error", () => undefined);
    socket.once("close", () => reject(new Error("the connection was closed")));
    socket.once(event, () => resolve(socket));
  });
}

function granted(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const look = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      socket.off("data", look);
      socket.pause();
      if (/^HTTP\/1\.[01] 200/.test(text)) resolve();
      else reject(new Error(`CONNECT was refused: ${text.slice(0, 200)}`));
    };
    socket.on("data", look);
    socket.once("close", () => reject(new Error("CONNECT was not answered")));
  });
}
