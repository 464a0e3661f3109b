import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownAddress } from "../../../tests/support/hosted/address.ts";
import { openScene, secret } from "../../../tests/support/hosted/open.ts";
import type { HostedScene } from "../../../tests/support/hosted/open.ts";
import { bundleProgram, startProgram } from "../../../tests/support/hosted/program.ts";
import { openHosted } from "./hosted.ts";

let program: Awaited<ReturnType<typeof bundleProgram>>;

beforeAll(async () => {
  program = await bundleProgram();
});

afterAll(() => program[Symbol.asyncDispose]());

/** The helper's side of its channel. */
async function call(scene: HostedScene): Promise<Socket> {
  const socket = connect({ host: scene.program.address, port: 4181, allowHalfOpen: true });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** All that comes until the end. */
function rest(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  return new Promise((done) => {
    const over = (): void => done(Buffer.concat(parts));
    stream.once("end", over);
    stream.once("close", over);
  });
}

describe("a hosted gateway", () => {
  it("answers as one in the supervisor does: with the secret for the upstream, and policy for everybody", async () => {
    await using scene = await openScene({ file: program.file });
    expect(await scene.ask()).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*ok$/);
    expect(scene.upstream.received[0]).toContain(`x-api-key: ${secret}\r\n`);
    expect(scene.upstream.received[0]).not.toContain(scene.placeholder);
    // Whoever reaches it directly gets no further than the agent.
    expect(await scene.ask({ "x-api-key": "another" })).toContain(
      "x-claude-bottle: placeholder-missing",
    );
    const direct = { host: `${scene.program.address}:4180` };
    expect(await scene.ask(direct)).toContain("x-claude-bottle: host-not-door");
    expect(await scene.ask({ origin: "https://evil.example" })).toContain(
      "x-claude-bottle: cross-site",
    );
    expect(
      await scene.say(
        "CONNECT other.example:443 HTTP/1.1\r\nhost: other.example:443\r\nconnection: close\r\n\r\n",
      ),
    ).toContain("x-claude-bottle: host-not-allowed");
    expect(
      await scene.say("HEAD / HTTP/1.1\r\nhost: 127.0.0.1:4180\r\nconnection: close\r\n\r\n"),
    ).toMatch(/^HTTP\/1.1 200/);
  });

  it("has its events in the supervisor's record, and its counts in the receipt", async () => {
    await using scene = await openScene({ file: program.file });
    await scene.ask();
    await scene.ask({ "x-api-key": "another" });
    await expect.poll(async () => (await scene.audit()).length).toBe(2);
    expect(await scene.audit()).toMatchObject([
      {
        event: "request",
        status: 200,
        authority: "https://api.example.com",
        credential: "anthropic",
      },
      { event: "refused", code: "placeholder-missing" },
    ]);
    await scene.handle[Symbol.asyncDispose]();
    expect(scene.handle.stats()).toMatchObject({ requests: 2, refusals: 1, audit: { count: 2 } });
    expect(scene.handle.stats().firstInjectedAt).toBeGreaterThan(0);
    expect(await scene.program.ended).toBe(0);
  });

  it("has no secret in its arguments, its environment or its last words", async () => {
    await using scene = await openScene({ file: program.file });
    await scene.ask();
    const { pid = 0 } = scene.program.child;
    const own = await Promise.all(
      ["cmdline", "environ", "comm", "status"].map((name) =>
        readFile(`/proc/${pid}/${name}`, "latin1"),
      ),
    );
    expect(own.join("\n")).toContain("bottle-gateway");
    expect(own.join("\n")).not.toContain(secret);
    expect(await readFile(`/proc/${pid}/limits`, "latin1")).toMatch(/core file size +1 +1 /);
    expect(scene.program.stderr()).toBe("");
  });

  it("gives the helper's channel to its first caller, and to nobody else", async () => {
    await using scene = await openScene({ file: program.file });
    const helper = await call(scene);
    const heard = once(scene.hosted.control, "data");
    helper.write("the first");
    expect(String((await heard)[0])).toBe("the first");
    expect(await scene.say("", 4181)).toContain("ECONNREFUSED");
    scene.hosted.control.write("an answer");
    expect(String((await once(helper, "data"))[0])).toBe("an answer");
    helper.end("last words");
    expect((await rest(scene.hosted.control)).toString()).toBe("last words");
    expect((await rest(helper)).toString()).toBe("");
  });

  it("ends the helper's channel when the supervisor lets it go", async () => {
    await using scene = await openScene({ file: program.file });
    const helper = await call(scene);
    helper.write("x");
    await once(scene.hosted.control, "data");
    scene.hosted.control.destroy();
    await rest(helper);
  });

  it("loses nothing of the channel and the record wherever the connection is cut", async () => {
    const cut = fc.record({ into: fc.nat(60_000), out: fc.nat(60_000), late: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { minLength: 2, maxLength: 6 }), async (cuts) => {
        // The first one is for the start, which is cut elsewhere.
        const scene = await openScene({ file: program.file, cuts: [startUncut, ...cuts] });
        const helper = await call(scene);
        const bytes = Buffer.alloc(150_000, "0123456789abcdefghijklmnop!");
        const [toHelper, fromHelper] = [rest(helper), rest(scene.hosted.control)];
        scene.program.wire.cut();
        helper.end(bytes);
        scene.hosted.control.end(bytes);
        const answers = await Promise.all(Array.from({ length: 20 }, () => scene.ask()));
        expect(answers.every((answer) => answer.startsWith("HTTP/1.1 200"))).toBe(true);
        expect((await fromHelper).equals(bytes)).toBe(true);
        expect((await toHelper).equals(bytes)).toBe(true);
        await scene[Symbol.asyncDispose]();
        expect(scene.handle.stats()).toMatchObject({ requests: 20, audit: { count: 20 } });
      }),
      { seed: 20_261_124, numRuns: 12 },
    );
  }, 60_000);

  it("answers on while the supervisor does not read, and tells everything later", async () => {
    await using scene = await openScene({ file: program.file });
    const { stdout } = scene.program.child;
    stdout?.pause();
    // Some 60 KB of them fill the pipe.
    for (let left = 500; left > 0; left -= 1)
      expect(await scene.ask({ "x-api-key": `no-${left}` })).toContain("placeholder-missing");
    expect((await scene.audit()).length).toBeLessThan(500);
    stdout?.resume();
    await expect.poll(async () => (await scene.audit()).length).toBe(500);
  });

  it("gets a secret that was read anew, and the bottle none the wiser", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hosted-secret-"));
    const path = join(folder, "secret");
    const fresh = "sk-ant-api03-another-of-the-hosted-9876543210";
    await writeFile(path, fresh, { mode: 0o600 });
    await using scene = await openScene({
      file: program.file,
      secretSource: { text: `file:${path}`, source: { kind: "file", path } },
      answer: (socket, received) => {
        if (!received.endsWith("\r\n\r\n")) return;
        const status = received.includes(fresh) ? "200 OK" : "401 Unauthorized";
        socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${fresh.length}\r\n\r\n${fresh}`);
      },
    });
    expect(await scene.ask()).toContain("401 Unauthorized");
    await expect.poll(() => scene.ask()).toMatch(/200 OK[^]*\*{10}/);
    const lines = JSON.stringify(await scene.audit());
    expect(lines).toContain("rules-replaced");
    expect(lines).not.toContain(fresh);
    await rm(folder, { recursive: true });
  });

  it("brings back who shows a key, once, and nobody else", async () => {
    await using scene = await openScene({ file: program.file });
    const { waysBack } = scene.hosted;
    // A bottle without ports has no such listener.
    expect(await scene.say("x".repeat(48), 4182)).toBe("ECONNREFUSED");
    const came: (Duplex | undefined)[] = [];
    const { key } = waysBack.expect((link) => came.push(link));
    const forgotten = waysBack.expect((link) => came.push(link));
    forgotten.forget();
    await expect.poll(() => scene.say("", 4182)).not.toContain("ECONNREFUSED");
    for (const wrong of [`${key.slice(0, -1)}!`, "x".repeat(48), forgotten.key, "short"])
      expect(await scene.say(wrong, 4182)).toMatch(/^(ECONNRESET)?$/);
    const caller = connect({ host: scene.program.address, port: 4182, allowHalfOpen: true });
    caller.on("error", () => undefined);
    caller.write(`${key}what the server says`);
    await expect.poll(() => came.length).toBe(1);
    const [link] = came;
    if (link === undefined) throw new Error("nobody came");
    expect(String((await once(link, "data"))[0])).toBe("what the server says");
    link.end("what the caller says");
    expect((await rest(caller)).toString()).toBe("what the caller says");
    expect(await scene.say(key, 4182)).toMatch(/^(ECONNRESET)?$/);
  });

  it("turns callers away while it is out of reach", async () => {
    await using scene = await openScene({ file: program.file });
    scene.program.wire.reachable = false;
    scene.program.wire.cut();
    await expect.poll(() => scene.hosted.cutOff).toBe(true);
    expect(await new Promise((done) => scene.hosted.waysBack.expect(done))).toBeUndefined();
    // Whoever reads the record later learns of it.
    await sleep(1_100);
    scene.program.wire.reachable = true;
    await expect
      .poll(() => scene.audit(), { timeout: 5_000 })
      .toMatchObject([{ event: "note", code: "gateway-cut-off" }]);
  });

  it("opens also where its connections are cut in the midst of the start", async () => {
    const cuts = [3, 200, 20_000, 100_000].map((into) => ({ into, out: 1e9, late: true }));
    await using scene = await openScene({ file: program.file, cuts });
    expect(await scene.ask()).toContain("200 OK");
  });

  it("answers on while nobody is connected, and ends after its time without anybody", async () => {
    await using scene = await openScene({ file: program.file, ttl: 2 });
    const over = rest(await call(scene));
    scene.program.wire.reachable = false;
    scene.program.wire.cut();
    await expect.poll(() => scene.hosted.cutOff).toBe(true);
    expect(await scene.ask()).toContain("200 OK");
    expect(await scene.program.ended).toBe(0);
    await over;
  });

  it("ends by itself where nobody ever says hello", async () => {
    await using alone = startProgram(program.file, 0.3);
    expect(await alone.ended).toBe(0);
    expect(alone.stderr()).toBe("");
  });

  it("is told of a gateway that was killed, and its channel ends", async () => {
    await using scene = await openScene({ file: program.file });
    const over = rest(scene.hosted.control);
    scene.program.child.kill("SIGKILL");
    expect(await scene.hosted.lost).toMatchObject({ code: "E_GATEWAY_LOST" });
    await over;
    expect(scene.hosted.cutOff).toBe(false);
  });

  it("is lost when it is out of reach for too long", async () => {
    await using far = startProgram(program.file, 60);
    await using hosted = openHosted({ host: far.host(), ttl: 400 });
    await expect.poll(() => hosted.cutOff).toBe(false);
    far.wire.reachable = false;
    far.wire.cut();
    await expect.poll(() => hosted.cutOff).toBe(true);
    expect(await hosted.lost).toMatchObject({
      code: "E_GATEWAY_LOST",
      why: expect.stringContaining("no way there") as string,
    });
  });

  it("says why it cannot open", async () => {
    const address = ownAddress();
    const taken = createServer().listen(4180, address);
    await once(taken, "listening");
    try {
      const opening = openScene({ file: program.file, address });
      await expect(opening).rejects.toMatchObject({ code: "E_GATEWAY_HOST", why: "EADDRINUSE" });
    } finally {
      taken.close();
    }
  });

  it.each([
    ["0", "127.0.0.1"],
    ["x", "127.0.0.1"],
    ["5", "gateway"],
  ])("does not start for %s seconds at %s", async (ttl, address) => {
    await using wrong = startProgram(program.file, ttl as unknown as number, address);
    expect(await wrong.ended).toBe(2);
    expect(wrong.stderr()).toBe("bottle-gateway: no time, or no address\n");
  });
});

const startUncut = { into: 1e9, out: 1e9, late: false };
