/** The far end of every measurement: as little HTTP as it takes, so that the origin is never what is measured. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";

export interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  /** What the TLS side is trusted by. */
  readonly caPem: string;
  /** When the event of the last `/events` answer was written: `performance.now()`. */
  readonly eventAt: number;
}

/** Names that are served over TLS beside `localhost`: any number of new ones. */
export const newHost = (index: number): string => `h${index}.bench.test`;

/** Bytes of an answer to `/small`. */
const smallBody = JSON.stringify({ items: "0123456789abcdef".repeat(15) }).padEnd(256, " ");
const small = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${smallBody.length}\r\n\r\n${smallBody}`,
);
const empty = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
const block: Buffer = Buffer.alloc(
  256 * 1024,
  "the quick brown fox jumps over the lazy dog 0123456789\n",
);
/** Milliseconds between the head of an event stream and its event. */
const eventAfter = 4;

/** `/small`, `/down/<bytes>`, `/up` and `/events`, over plain http and over TLS. */
export async function startOrigin(): Promise<Origin> {
  const authority = createCertificateAuthority({
    names: ["localhost", "*.bench.test"],
    now: new Date(),
  });
  const sockets = new Set<Socket>();
  const events = { at: 0 };
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    answerAll(socket, events);
  };
  const plain = createServer({ noDelay: true }, serve);
  const tls = createTlsServer(
    {
      noDelay: true,
      ALPNProtocols: ["http/1.1"],
      SNICallback: (host, done) => done(null, authority.contextFor(host)),
    },
    serve,
  );
  tls.on("tlsClientError", () => undefined);
  const [port, tlsPort] = [await listening(plain), await listening(tls)];
  return {
    port,
    tlsPort,
    caPem: authority.caPem,
    get eventAt() {
      return events.at;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([plain, tls].map((server) => new Promise((done) => server.close(done))));
    },
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Reads heads by their end and bodies by their declared length or last chunk: its only clients are the bench's. */
function answerAll(socket: Socket, events: { at: number }): void {
  let head = "";
  /** Bytes of a body to come; -1: in chunks. */
  let left = 0;
  let tail = "";
  socket.on("data", (chunk: Buffer) => {
    let rest = chunk;
    if (left !== 0) {
      if (left > 0) {
        const taken = Math.min(left, rest.length);
        left -= taken;
        rest = rest.subarray(taken);
      } else {
        tail = (tail + rest.subarray(-5).toString("latin1")).slice(-5);
        if (tail === "0\r\n\r\n") left = 0;
        rest = rest.subarray(rest.length);
      }
      if (left === 0) socket.write(empty);
      if (rest.length === 0) return;
    }
    head += rest.toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const after = rest.subarray(rest.length - (head.length - end - 4));
    const request = head.slice(0, end);
    head = "";
    if (request.startsWith("POST")) {
      const length = /\r\ncontent-length: *(\d+)/i.exec(request)?.[1];
      left = length === undefined ? -1 : Number(length);
      tail = "";
      if (/\r\nexpect: *100/i.test(request)) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      if (after.length > 0) socket.emit("data", after);
      else if (left === 0) socket.write(empty);
      return;
    }
    const path = /^\S+ (?:https?:\/\/[^/ ]+)?(\/[^ ]*)/.exec(request)?.[1] ?? "";
    if (path === "/small") socket.write(small);
    else if (path.startsWith("/down/")) sendBytes(socket, Number(path.slice(6)));
    else if (path === "/events") sendEvent(socket, events);
    else socket.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  });
}

function sendBytes(socket: Socket, bytes: number): void {
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`,
  );
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const part = left < block.length ? block.subarray(0, left) : block;
      left -= part.length;
      if (!socket.write(part)) {
        socket.once("drain", more);
        return;
      }
    }
  };
  more();
}

function sendEvent(socket: Socket, events: { at: number }): void {
  socket.write(
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  setTimeout(() => {
    events.at = performance.now();
    socket.write("10\r\ndata: an event\n\n\r\n");
    setTimeout(() => socket.write("0\r\n\r\n"), 1);
  }, eventAfter);
}
