import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forwardKeyLength } from "../helper/protocol.ts";
import { openWayBack } from "./way-back.ts";
import type { OpenWayBack } from "./way-back.ts";

let dir: string;
let back: OpenWayBack;
let opened: Socket[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bottle-back-"));
  opened = [];
  back = await openWayBack({
    at: { path: join(dir, "ports.sock") },
    patience: 20_000,
    manners: 20_000,
  });
});

afterEach(async () => {
  for (const socket of opened) socket.destroy();
  back[Symbol.dispose]();
  await rm(dir, { recursive: true, force: true });
});

function dial(path: string = join(dir, "ports.sock")): Socket {
  const socket = connect({ path, allowHalfOpen: true });
  socket.on("error", () => undefined);
  opened.push(socket);
  return socket;
}

/** Resolves with all that came when it is closed. */
async function closed(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (piece: Buffer) => (text += piece.toString()));
  socket.once("end", () => socket.end());
  if (!socket.closed) await new Promise((done) => socket.once("close", done));
  return text;
}

interface Arrival {
  readonly key: string;
  readonly forget: () => void;
  readonly link: Promise<Socket | undefined>;
}

function expectOne(): Arrival {
  let came: (link: Socket | undefined) => void = () => undefined;
  const link = new Promise<Socket | undefined>((resolve) => (came = resolve));
  return { ...back.expect(came), link };
}

describe("the way back", () => {
  it("gives the one who brings the key what was said behind it, and a way to answer", async () => {
    const { key, link } = expectOne();
    expect(key).toMatch(new RegExp(`^[A-Za-z0-9_-]{${forwardKeyLength}}$`));
    const socket = dial();
    socket.end(`${key}hello`);
    const came = await link;
    let heard = "";
    came?.on("data", (piece: Buffer) => (heard += piece.toString())).resume();
    if (came !== undefined) await once(came, "end");
    expect(heard).toBe("hello");
    came?.end("welcome");
    expect(await closed(socket)).toBe("welcome");
  });

  it("takes a key that comes in pieces", async () => {
    const { key, link } = expectOne();
    const socket = dial();
    for (const letter of key) {
      socket.write(letter);
      await new Promise((done) => setImmediate(done));
    }
    expect(await link).toBeDefined();
  });

  it("tells callers apart", async () => {
    const [one, two] = [expectOne(), expectOne()];
    dial().write(`${two.key}2`);
    dial().write(`${one.key}1`);
    const heard = async (link: Promise<Socket | undefined>): Promise<string> => {
      const socket = await link;
      return String(socket && (await once(socket.resume(), "data")));
    };
    expect(await Promise.all([heard(one.link), heard(two.link)])).toEqual(["1", "2"]);
  });

  it("opens for a key once", async () => {
    const { key, link } = expectOne();
    expectOne();
    dial().write(key);
    expect(await link).toBeDefined();
    const again = dial();
    again.write(`${key}again`);
    expect(await closed(again)).toBe("");
  });

  it("closes at a wrong key, a short one, and one whose name alone is right; the right one still opens", async () => {
    const { key, link } = expectOne();
    const wrong = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
    for (const said of [
      "x".repeat(forwardKeyLength),
      wrong,
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3),
    ]) {
      const socket = dial();
      socket.write(said);
      expect(await closed(socket)).toBe("");
    }
    const short = dial();
    short.end(key.slice(0, 20));
    expect(await closed(short)).toBe("");
    dial().write(key);
    expect(await link).toBeDefined();
  });

  it("closes at once where nobody is expected, and where one was forgotten", async () => {
    expect(await closed(dial())).toBe("");
    const { key, forget, link } = expectOne();
    forget();
    const late = dial();
    late.write(key);
    expect(await closed(late)).toBe("");
    expect(await Promise.race([link, Promise.resolve("nobody")])).toBe("nobody");
  });

  it("gives up a key that nobody brings, and a connection that says none", async () => {
    const path = join(dir, "short.sock");
    using short = await openWayBack({ at: { path }, patience: 300, manners: 20 });
    const link = new Promise<Socket | undefined>((resolve) => short.expect(resolve));
    expect(await closed(dial(path))).toBe("");
    expect(await link).toBeUndefined();
  });

  it("holds no more than some that say nothing, and the right one comes through all of them", async () => {
    const { key, link } = expectOne();
    const crowd: Socket[] = [];
    while (crowd.length < 600) {
      crowd.push(dial());
      await new Promise((done) => setImmediate(done));
    }
    dial().write(key);
    expect(await link).toBeDefined();
    await expect
      .poll(() => crowd.filter((socket) => socket.resume().readableEnded).length)
      .toBeGreaterThan(300);
  });

  it("is gone when it is closed, and nobody waits for ever", async () => {
    const { link } = expectOne();
    const stranger = dial();
    await once(stranger, "connect");
    back[Symbol.dispose]();
    expect(await link).toBeUndefined();
    expect(await closed(stranger)).toBe("");
    const late = dial();
    await closed(late);
    expect(late.errored).toMatchObject({ code: "ENOENT" });
  });
});
