import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openForwards } from "../helper/ports.ts";
import type { Forwards } from "../helper/ports.ts";
import type { HelperMessage, HelperRequest } from "../helper/protocol.ts";
import { maxCallers, openPorts } from "./ports.ts";
import type { Ports, PortsHelper } from "./ports.ts";
import { openWayBack } from "./way-back.ts";

/** Both ends in one process: the real listeners, the real way back, and the helper's own code. */
let dir: string;
let ports: Ports;
let port: number;
let agent: Server;
let arrived: Socket[];
let dialled: Socket[];
let serve: (socket: Socket) => void;
/** Every request that was sent inside. */
let requests: HelperRequest[];
/** Tests that play a helper of another mind take requests themselves. */
let take: ((request: HelperRequest) => void) | undefined;
let tell: (message: HelperMessage) => void;
let queued: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bottle-ports-"));
  [arrived, dialled, requests] = [[], [], []];
  take = undefined;
  queued = 0;
  agent = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    arrived.push(socket);
    serve(socket);
  });
  agent.listen(0, "127.0.0.1");
  await once(agent, "listening");
  const inside = (agent.address() as AddressInfo).port;
  ports = await openPorts([{ host: 0, inside }], "me-k3x9q");
  port = ports.specs[0]?.host ?? 0;
});

afterEach(async () => {
  ports[Symbol.dispose]();
  for (const socket of [...dialled, ...arrived]) socket.destroy();
  agent.close();
  await rm(dir, { recursive: true, force: true });
});

async function open(): Promise<void> {
  const back = join(dir, "ports.sock");
  const listeners: ((message: HelperMessage) => void)[] = [];
  tell = (message) => {
    for (const listener of listeners) listener(message);
  };
  const forwards: Forwards = openForwards({ path: back }, (forward, after) =>
    tell({ type: "forward-break", forward, after }),
  );
  const helper: PortsHelper = {
    send(request) {
      requests.push(request);
      if (take !== undefined) take(request);
      else if (request.type === "forward") forwards.start(request);
      else if (request.type === "forward-break") forwards.broken(request.forward, request.after);
    },
    get queued() {
      return queued;
    },
    onMessage: (listener) => void listeners.push(listener),
  };
  const at = { path: back };
  ports.serve(helper, await openWayBack({ at, patience: 10_000, manners: 2_000 }));
}

function dial(): Socket {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  socket.on("error", () => undefined);
  dialled.push(socket);
  return socket;
}

function codeOf(error: Error | null): string | undefined {
  return error !== null && "code" in error ? String(error.code) : undefined;
}

/** What came, and how it ended. */
function hear(socket: Socket): Promise<{ bytes: Buffer; how: string }> {
  const pieces: Buffer[] = [];
  return new Promise((resolve) => {
    const done = (how: string): void => resolve({ bytes: Buffer.concat(pieces), how });
    socket.on("data", (piece: Buffer) => pieces.push(piece));
    socket.on("end", () => done("end"));
    socket.on("close", () => done(codeOf(socket.errored) ?? "close"));
  });
}

async function say(words: string): Promise<string> {
  const socket = dial();
  socket.end(words);
  const { bytes, how } = await hear(socket);
  return `${how}: ${bytes.toString("latin1")}`;
}

const echo = (socket: Socket): void => void socket.pipe(socket);

describe("ports", () => {
  it("turn callers away before they are served, and when they are closed", async () => {
    serve = echo;
    expect(await say("hello")).toBe("ECONNRESET: ");
    await open();
    expect(await say("hello")).toBe("end: hello");
    ports[Symbol.dispose]();
    expect(await say("hello")).toBe("ECONNREFUSED: ");
  });

  it("cut off whoever is there when they are closed", async () => {
    serve = (socket) => void socket.write("hello, caller");
    await open();
    const socket = dial();
    await once(socket, "data");
    const ended = hear(socket);
    ports[Symbol.dispose]();
    expect((await ended).how).toBe("ECONNRESET");
  });

  it("say which one is taken, and then hold none of the others", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port: other } = free.address() as AddressInfo;
    await new Promise((done) => free.close(done));
    const wanted = [
      { host: other, inside: 1 },
      { host: port, inside: 2 },
    ];
    await expect(openPorts(wanted, "me-k3x9q")).rejects.toMatchObject({
      code: "E_PORT_TAKEN",
      message: `The port ${port} of this machine is in use.`,
    });
    using again = await openPorts(wanted.slice(0, 1), "me-k3x9q");
    expect(again.specs).toEqual(wanted.slice(0, 1));
  });

  it("carry megabytes both ways unchanged, and take no more than the slower side", async () => {
    serve = echo;
    await open();
    const sent = Buffer.alloc(20_000_000, "0123456789 abcdef!");
    const socket = dial();
    socket.end(sent);
    const { bytes, how } = await hear(socket);
    expect([bytes.equals(sent), how]).toEqual([true, "end"]);

    serve = (server) => void server.pause();
    const slow = dial();
    slow.write(Buffer.alloc(100_000_000, " "));
    let last = -1;
    // Until nothing moves any more: then everything between the two ends is full.
    while (slow.bytesWritten - slow.writableLength !== last) {
      last = slow.bytesWritten - slow.writableLength;
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(slow.writableLength).toBeGreaterThan(50_000_000);
  });

  it("hand a break on in both directions, after all that was sent before it", async () => {
    // A break that comes with the last bytes is an end to Node (libuv, uv__stream_io): it comes after they were heard.
    serve = (server) => {
      server.write("all of this: ".repeat(50_000));
      server.once("data", () => server.resetAndDestroy());
    };
    await open();
    const socket = dial();
    let heard = 0;
    socket.on("data", (piece: Buffer) => {
      heard += piece.length;
      if (heard === 650_000) socket.write("now");
    });
    const { bytes, how } = await hear(socket);
    expect([how, bytes.length]).toEqual(["ECONNRESET", 650_000]);

    const broken: Promise<{ how: string }>[] = [];
    serve = (server) => void broken.push(hear(server));
    const other = dial();
    other.write("I am here");
    await expect.poll(() => broken.length).toBe(1);
    other.resetAndDestroy();
    expect((await broken[0])?.how).toBe("ECONNRESET");
  });

  it("hold what looks like an answer until the caller is known, and give it to nobody who is refused", async () => {
    const answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret";
    serve = (server) => void server.end(answer);
    await open();
    expect(await say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).toBe(`end: ${answer}`);
    const refused = await say("GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n");
    expect(refused).toMatch(/^end: HTTP\/1\.1 403 Forbidden\r\n/);
    expect(refused).not.toContain("secret");

    const silent = dial();
    let heard = "";
    silent.on("data", (piece: Buffer) => (heard += piece.toString()));
    await expect.poll(() => arrived.length).toBe(3);
    await say("ping");
    expect(heard).toBe("");
    silent.write("GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n");
    await expect.poll(() => heard).toContain("port-cross-site");
    expect(heard).not.toContain("secret");
  });

  it("tell the one inside nothing of a request that is refused, but that somebody was there", async () => {
    const heard: Promise<{ bytes: Buffer; how: string }>[] = [];
    serve = (server) => void heard.push(hear(server));
    await open();
    await say("POST / HTTP/1.1\r\nHost: attacker.example\r\nContent-Length: 3\r\n\r\nabc");
    const { bytes, how } = (await heard[0]) ?? { bytes: undefined, how: "" };
    expect([bytes?.length, how]).toEqual([0, "ECONNRESET"]);
  });

  it("have room for some callers, and again for as many when those are gone", async () => {
    serve = echo;
    await open();
    const many = Array.from({ length: maxCallers }, () => dial());
    await Promise.all(
      many.map(async (socket, index) => {
        socket.write(`caller ${index}`);
        expect(String(await once(socket, "data"))).toBe(`caller ${index}`);
      }),
    );
    expect(await say("one more")).toBe("ECONNRESET: ");
    for (const socket of many) socket.destroy();
    await expect.poll(() => say("again")).toBe("end: again");
  });

  it("ask nothing of a helper that takes nothing", async () => {
    serve = echo;
    await open();
    queued = 5_000_000;
    expect(await say("hello")).toBe("ECONNRESET: ");
    expect(requests).toEqual([]);
  });

  it("believe a helper no break that is none of theirs", async () => {
    serve = echo;
    await open();
    const socket = dial();
    socket.write("hello");
    await once(socket, "data");
    const [first] = requests;
    const forward = first?.type === "forward" ? first.forward : -1;
    for (const other of [forward + 1, 0, 999])
      tell({ type: "forward-break", forward: other, after: 0 });
    tell({ type: "forward-break", forward, after: Number.MAX_SAFE_INTEGER });
    socket.write("still there?");
    expect(String(await once(socket, "data"))).toBe("still there?");
  });

  it("keep no caller whose helper says that nobody is inside", async () => {
    serve = echo;
    take = (request) => {
      if (request.type === "forward")
        tell({ type: "forward-break", forward: request.forward, after: 0 });
    };
    await open();
    expect(await say("hello")).toBe("ECONNRESET: ");
  });
});
