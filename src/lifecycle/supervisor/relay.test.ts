import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClientMessage, SupervisorMessage } from "../control.ts";
import { frameKinds, openFrames, sendMessage } from "../frames.ts";
import type { FrameChannel } from "../frames.ts";
import { Clients } from "./clients.ts";
import { Relay } from "./relay.ts";

const patient = { timeout: 10_000, interval: 20 };

let dir: string;
let clients: Clients;
let asked: ClientMessage[];
let typed: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "relay-test-"));
  asked = [];
  typed = "";
  clients = new Clients({
    onMessage: (message) => void asked.push(message),
    onLaunch: ({ claim }) => claim === "the right one",
    onStdin: (data, taken) => {
      typed += data.toString("utf8");
      taken();
    },
    onGone: () => undefined,
  });
  await clients.listen(join(dir, "control.sock"));
});

afterEach(async () => {
  await clients.close();
  rmSync(dir, { recursive: true, force: true });
});

interface TestClient {
  readonly socket: Socket;
  readonly channel: FrameChannel;
  readonly messages: SupervisorMessage[];
  output(): string;
}

async function client(): Promise<TestClient> {
  const socket = connect({ path: join(dir, "control.sock") });
  await new Promise((resolve) => socket.once("connect", resolve));
  const messages: SupervisorMessage[] = [];
  const pieces: Buffer[] = [];
  const channel = openFrames(socket, {
    onFrame(kind, payload) {
      if (kind === frameKinds.message)
        messages.push(JSON.parse(payload.toString("utf8")) as SupervisorMessage);
      else pieces.push(Buffer.from(payload));
    },
    onEnd: () => undefined,
  });
  return { socket, channel, messages, output: () => Buffer.concat(pieces).toString("latin1") };
}

async function attached(options: { typing?: boolean; take?: boolean } = {}): Promise<TestClient> {
  const one = await client();
  sendMessage(one.channel, {
    type: "attach",
    typing: options.typing ?? true,
    take: options.take ?? false,
    size: { columns: 90, rows: 20 },
  });
  await expect.poll(() => one.messages.length, patient).toBeGreaterThan(0);
  return one;
}

/** A screen that is what was written last. */
function relayWith(screen: boolean): Relay {
  let last = "";
  const relay = new Relay({
    clients,
    state: () => "running",
    filter: (_kind, data) => data,
    screen: screen
      ? {
          write: (data) => {
            last = data.toString("latin1").slice(0, 20);
            return Promise.resolve();
          },
          resize: () => undefined,
          replay: () => Buffer.from(`[screen: ${last}]`),
        }
      : undefined,
  });
  clients.present(relay);
  return relay;
}

describe("clients of one bottle", () => {
  it("see the screen first, then what comes, and no byte twice", async () => {
    const relay = relayWith(true);
    await relay.push("stdout", Buffer.from("before"));
    const late = await attached();
    await relay.push("stdout", Buffer.from("after"));
    await expect.poll(() => late.output(), patient).toBe("[screen: before]after");
    expect(late.messages[0]).toMatchObject({ type: "attached", typing: true, terminal: true });
  });

  it("are many that watch and one that types; what a watcher types goes nowhere", async () => {
    relayWith(true);
    const first = await attached();
    const second = await attached();
    expect(second.messages[0]).toMatchObject({ typing: false });
    second.channel.send(frameKinds.stdin, Buffer.from("second"));
    sendMessage(second.channel, { type: "resize", columns: 1, rows: 1 });
    sendMessage(second.channel, { type: "stdin-end" });
    first.channel.send(frameKinds.stdin, Buffer.from("first"));
    await expect.poll(() => typed, patient).toBe("first");
    expect(asked).toEqual([{ type: "resize", columns: 90, rows: 20 }]);
  });

  it("can take the keys, and whoever had them is told", async () => {
    relayWith(true);
    const first = await attached();
    const second = await attached({ take: true });
    expect(second.messages[0]).toMatchObject({ typing: true });
    await expect
      .poll(() => first.messages.at(-1), patient)
      .toEqual({
        type: "typing",
        typing: false,
      });
    first.channel.send(frameKinds.stdin, Buffer.from("first"));
    second.channel.send(frameKinds.stdin, Buffer.from("second"));
    await expect.poll(() => typed, patient).toBe("second");
    expect(clients).toMatchObject({ attached: 2, typing: true });
  });

  it("that do not read keep neither agent nor others waiting, and get the screen when they read again", async () => {
    const relay = relayWith(true);
    const slow = await attached({ typing: false });
    const quick = await attached();
    slow.socket.pause();
    const piece = Buffer.alloc(64 * 1024, "x");
    for (let count = 0; count < 200; count += 1) await relay.push("stdout", piece);
    await relay.push("stdout", Buffer.from("the last"));
    await expect.poll(() => quick.output().length, patient).toBeGreaterThan(200 * piece.length);
    slow.socket.resume();
    await expect.poll(() => slow.output(), patient).toContain("[screen: the last]");
    expect(slow.output().length).toBeLessThan(100 * piece.length);
  });

  it("whose order came too late have neither its output nor its input", async () => {
    const [late, first] = [await client(), await client()];
    const order = (claim: string): void => {
      const one = claim === "the right one" ? first : late;
      one.channel.send(frameKinds.message, Buffer.from(JSON.stringify({ type: "launch", claim })));
    };
    order("the right one");
    order("another one");
    late.channel.send(frameKinds.stdin, Buffer.from("late"));
    sendMessage(late.channel, { type: "stdin-end" });
    first.channel.send(frameKinds.stdin, Buffer.from("first"));
    await expect.poll(() => typed, patient).toBe("first");
    const relay = relayWith(false);
    await relay.push("stdout", Buffer.from("output"));
    await expect.poll(() => first.output(), patient).toBe("output");
    sendMessage(late.channel, { type: "status" });
    await expect.poll(() => asked, patient).toEqual([{ type: "status" }]);
    expect(late.output()).toBe("");
  });

  it("of a run without a terminal see its last output, and may not type", async () => {
    const relay = relayWith(false);
    for (let count = 0; count < 300; count += 1)
      await relay.push("stdout", Buffer.from(`line ${count} ${"-".repeat(1000)}\n`));
    const late = await attached({ take: true });
    expect(late.messages[0]).toMatchObject({ typing: false, terminal: false });
    await expect.poll(() => late.output(), patient).toContain("line 299 ");
    expect(late.output().length).toBeLessThanOrEqual(64 * 1024);
  });

  it("that sends what is no frame is hung up on, and the others stay", async () => {
    relayWith(true);
    const good = await attached();
    const bad = await client();
    bad.socket.write(Buffer.from([7, 0, 0, 0, 0]));
    bad.channel.send(frameKinds.message, Buffer.from("not json"));
    await expect.poll(() => bad.socket.destroyed || bad.socket.readableEnded, patient).toBe(true);
    good.channel.send(frameKinds.stdin, Buffer.from("still"));
    await expect.poll(() => typed, patient).toBe("still");
  });
});
