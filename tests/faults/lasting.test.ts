import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openEngine } from "../../src/backends/docker/engine/engine.ts";
import type { Engine } from "../../src/backends/docker/engine/engine.ts";
import { lastingTerminal } from "../../src/backends/docker/carried/lasting-terminal.ts";
import { attach } from "../../src/backends/docker/attach.ts";
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
  vm = await openVm({ hasty: true });
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

async function create(script: string): Promise<string> {
  const json = {
    Image: "debian:trixie-slim",
    Entrypoint: ["sh", "-c", script],
    Tty: true,
    OpenStdin: true,
    HostConfig: { NetworkMode: "none", LogConfig: { Type: "local", Config: {} } },
  };
  const made = await engine.call("POST", "/containers/create", { json });
  return (made as { readonly Id: string }).Id;
}

/** Cut until it is noticed, and healed. */
async function cutAndHeal(): Promise<void> {
  await vm.wire.set("cut");
  while (place.cutSince() === null) await sleep(50);
  await vm.wire.set("restore");
  place.hasten();
  while (place.cutSince() !== null) await sleep(50);
}

describe("the terminal of a bottle elsewhere", () => {
  it("is there again after a cut with every whole line once, is drawn anew, and takes what is typed", async () => {
    const container = await create(
      [
        'exec python3 -uc "import signal, sys',
        "signal.signal(signal.SIGWINCH, lambda *_: print('drawn anew'))",
        "print('ready')",
        "for line in sys.stdin: print('heard', line)\"",
      ].join("\n"),
    );
    const resize = (rows: number): Promise<unknown> =>
      engine.call("POST", `/containers/${container}/resize`, {
        query: { w: "80", h: String(rows) },
      });
    const first = await attach(engine, container);
    await engine.call("POST", `/containers/${container}/start`);
    await resize(24);
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const terminal = lastingTerminal({
      ...{ first, ended },
      again: () => attach(engine, container, true),
      rest: () => engine.stream("GET", `/containers/${container}/logs`, { query: { stdout: "1" } }),
      redraw: () => void resize(23).then(() => resize(24)),
    });
    let seen = "";
    terminal.output.on("data", (data: Buffer) => (seen += data.toString("latin1")));
    const until = async (text: string): Promise<void> => {
      while (!seen.includes(text)) await sleep(20);
    };
    await until("ready");
    terminal.input.write("one\n");
    await until("heard one");
    await cutAndHeal();
    await until("drawn anew");
    terminal.input.write("two\n");
    await until("heard two");
    for (const said of ["ready", "heard one", "heard two"])
      expect(seen.split(said)).toHaveLength(2);
    end();
    terminal.close();
    await engine.call("DELETE", `/containers/${container}`, { query: { force: "1" } });
  }, 120_000);
});
