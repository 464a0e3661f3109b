import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openEngine } from "../../src/backends/docker/engine/engine.ts";
import type { Engine } from "../../src/backends/docker/engine/engine.ts";
import { keepAttached } from "../../src/backends/docker/lasting/attached.ts";
import { followOutput, keptLog } from "../../src/backends/docker/lasting/output.ts";
import { connectPlace } from "../../src/places/ssh/connection.ts";
import type { PlaceConnection } from "../../src/places/ssh/connection.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";

const missing = lacksVm();
let vm: TestVm;
let dir: string;
let place: PlaceConnection;
let engine: Engine;

beforeAll(async () => {
  if (missing !== undefined) return;
  vm = await openVm();
  dir = await mkdtemp(join(tmpdir(), "lasting-"));
  place = await connectPlace({ place: vm.place, dir, env: vm.env, ttlMs: 300_000 });
  engine = openEngine(place.socket);
}, preparation);
beforeEach((context) => need(context, missing));
afterAll(async () => {
  engine?.[Symbol.dispose]();
  await place?.[Symbol.asyncDispose]();
  await vm?.[Symbol.asyncDispose]();
  if (dir !== undefined) await rm(dir, { recursive: true, force: true });
}, preparation);

async function create(script: string, terminal: boolean): Promise<string> {
  const json = {
    Image: "debian:trixie-slim",
    Entrypoint: ["sh", "-c", script],
    Tty: terminal,
    OpenStdin: true,
    StdinOnce: !terminal,
    HostConfig: { NetworkMode: "none", LogConfig: keptLog },
  };
  const made = await engine.call("POST", "/containers/create", { json });
  return String((made as { readonly Id: string }).Id);
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const data of stream as AsyncIterable<Buffer>) text += data.toString("latin1");
  return text;
}

/** Cut until it is noticed, and healed. */
async function cutAndHeal(): Promise<void> {
  await vm.wire.set("cut");
  while (place.cutSince() === null) await sleep(50);
  await vm.wire.set("restore");
  place.hasten();
  while (place.cutSince() !== null) await sleep(50);
}

describe("what a bottle elsewhere writes", () => {
  it("comes whole and once, whatever is cut while it writes, and after", async () => {
    const container = await create(
      "i=0; while [ $i -lt 700 ]; do i=$((i+1)); echo out $i; echo err $i >&2; sleep 0.05; done",
      false,
    );
    await engine.call("POST", `/containers/${container}/start`);
    const stop = new AbortController();
    const carried = followOutput(engine, container, stop.signal);
    const both = Promise.all([textOf(carried.stdout), textOf(carried.stderr)]);
    await sleep(1_000);
    await cutAndHeal();
    // The second time it ends while nobody hears it.
    await vm.wire.set("cut");
    await sleep(22_000);
    await vm.wire.set("restore");
    place.hasten();
    const [stdout, stderr] = await both;
    const lines = Array.from({ length: 700 }, (_, at) => at + 1);
    expect(stdout.trim().split("\n")).toEqual(lines.map((line) => `out ${line}`));
    expect(stderr.trim().split("\n")).toEqual(lines.map((line) => `err ${line}`));
    await engine.call("DELETE", `/containers/${container}`, { query: { force: "1" } });
  }, 180_000);

  it("more than a stream holds keeps it from nothing while the way is cut", async () => {
    const container = await create(
      "head -c 30000000 /dev/zero | tr '\\0' 'a' | fold -w 100; echo; echo done",
      false,
    );
    const stop = new AbortController();
    await vm.wire.set("cut");
    // Past the wire: the way is cut at once.
    await vm.engine.call("POST", `/containers/${container}/start`);
    const carried = followOutput(engine, container, stop.signal);
    const text = textOf(carried.stdout);
    const ended = (await vm.engine.call("POST", `/containers/${container}/wait`)) as object;
    expect(ended).toMatchObject({ StatusCode: 0 });
    await vm.wire.set("restore");
    place.hasten();
    const whole = await text;
    expect(whole.length).toBe(30_000_000 + 300_000 + "done\n".length);
    expect(whole.endsWith("a\ndone\n")).toBe(true);
    await engine.call("DELETE", `/containers/${container}`, { query: { force: "1" } });
  }, 180_000);

  it("is at its terminal again after a cut, which is drawn anew, and takes what is typed", async () => {
    const container = await create(
      [
        'exec python3 -uc "import signal, sys',
        "signal.signal(signal.SIGWINCH, lambda *_: print('drawn anew'))",
        "print('ready')",
        "for line in sys.stdin: print('heard', line)\"",
      ].join("\n"),
      true,
    );
    const attach = (): ReturnType<Engine["hijack"]> =>
      engine.hijack(`/containers/${container}/attach?stream=1&stdin=1&stdout=1&stderr=1`);
    const resize = (rows: number): Promise<unknown> =>
      engine.call("POST", `/containers/${container}/resize`, {
        query: { w: "80", h: String(rows) },
      });
    const first = await attach();
    await engine.call("POST", `/containers/${container}/start`);
    await resize(24);
    const stop = new AbortController();
    const redraw = async (): Promise<void> => void (await resize(23), await resize(24));
    const { input, carried } = keepAttached(first, {
      ...{ engine, container, terminal: true, attach, redraw, stop: stop.signal },
    });
    let seen = "";
    carried.stdout.on("data", (data: Buffer) => (seen += data.toString("latin1")));
    const until = async (text: string): Promise<void> => {
      while (!seen.includes(text)) await sleep(20);
    };
    await until("ready");
    input.write("one\n");
    await until("heard one");
    await cutAndHeal();
    await until("drawn anew");
    input.write("two\n");
    await until("heard two");
    stop.abort();
    await carried.over;
    await engine.call("DELETE", `/containers/${container}`, { query: { force: "1" } });
  }, 120_000);
});
