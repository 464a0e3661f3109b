import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openForwarder } from "./forwarder.ts";

let dir: string;
let gateway: Server;
let forwarder: Server;
let arrived: Socket[];
let serve: (socket: Socket) => void;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bottle-forward-"));
  const link = join(dir, "gateway.sock");
  arrived = [];
  gateway = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    arrived.push(socket);
    serve(socket);
  });
  gateway.listen(link);
  await once(gateway, "listening");
  forwarder = await openForwarder({ host: "127.0.0.1", port: 0, link: { path: link } });
});

afterEach(async () => {
  for (const socket of arrived) socket.destroy();
  forwarder.close();
  gateway.close();
  await rm(dir, { recursive: true, force: true });
});

function dial(): Socket {
  const socket = connect({
    host: "127.0.0.1",
    port: (forwarder.address() as AddressInfo).port,
    allowHalfOpen: true,
  });
  socket.on("error", () => undefined);
  return socket;
}

/** All that comes until the end; the socket stays open for writing. */
async function rest(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks);
}

describe("the forwarder", () => {
  it("carries megabytes both ways unchanged", async () => {
    serve = (socket) => void socket.pipe(socket);
    const sent = Buffer.alloc(5_000_000, "0123456789abcdef!");
    const client = dial();
    client.end(sent);
    expect((await rest(client)).equals(sent)).toBe(true);
  });

  it("keeps the other direction open when one has ended", async () => {
    serve = (socket) => {
      socket.resume();
      socket.once("end", () => socket.end("answer after the end"));
    };
    const client = dial();
    client.end("question");
    expect((await rest(client)).toString()).toBe("answer after the end");
  });

  it("lets the gateway end first and the client go on", async () => {
    const heard: Promise<Buffer>[] = [];
    serve = (socket) => {
      heard.push(rest(socket));
      socket.end("first");
    };
    const client = dial();
    expect((await rest(client)).toString()).toBe("first");
    client.end("second");
    await expect.poll(() => heard.length).toBe(1);
    expect((await heard[0])?.toString()).toBe("second");
  });

  it("lets the gateway see a client that vanishes", async () => {
    serve = (socket) => void socket.write("hello");
    const client = dial();
    await once(client, "data");
    const [socket] = arrived;
    if (socket === undefined) throw new Error("nothing arrived");
    socket.resume();
    const over = once(socket, "end");
    client.resetAndDestroy();
    await over;
  });

  it("lets the client see a gateway that vanishes", async () => {
    serve = (socket) => void socket.write("hello", () => socket.destroy());
    const client = dial();
    expect((await rest(client)).toString()).toBe("hello");
  });

  it("reads no further than the slower side takes", async () => {
    serve = () => undefined;
    const client = dial();
    const total = 64 * 1024 * 1024;
    client.write(Buffer.alloc(total));
    await expect.poll(() => arrived.length).toBe(1);
    arrived[0]?.pause();
    let last = -1;
    // Until nothing moves any more: then everything between the two ends is full.
    while (client.bytesWritten - client.writableLength !== last) {
      last = client.bytesWritten - client.writableLength;
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(total + 24 * 1024 * 1024);
    expect(client.writableLength).toBeGreaterThan(0);
    client.destroy();
  });

  it("closes a connection when there is no gateway, and goes on", async () => {
    gateway.close();
    await rm(join(dir, "gateway.sock"), { force: true });
    const client = dial();
    expect((await rest(client)).length).toBe(0);
    expect(forwarder.listening).toBe(true);
  });

  it("rejects where the door is taken", async () => {
    const { port } = forwarder.address() as AddressInfo;
    await expect(
      openForwarder({ host: "127.0.0.1", port, link: { path: join(dir, "gateway.sock") } }),
    ).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
