/** Bottles with ports for the suites: the server inside, where it is on this machine, and who calls there. */
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { RungName } from "../../src/manifest/manifest.ts";
import { startTestBottle } from "./bottle.ts";
import type { TestBottle, TestHome } from "./bottle.ts";

export interface PortsBottle extends AsyncDisposable {
  readonly run: TestBottle;
  /** Ports of this machine, in the manifest's order. */
  readonly ports: readonly number[];
  /** The supervisor's process. */
  readonly pid: number;
}

export interface PortsBottleOptions {
  readonly home: TestHome;
  readonly rung: RungName;
  readonly ports: readonly (number | string)[];
  /** A program for Node, as the agent. */
  readonly server?: string;
  /** In place of it: the agent's shell command. */
  readonly prompt?: string;
}

/** Resolves when the agent runs; its server may not be up yet. */
export async function startPortsBottle(options: PortsBottleOptions): Promise<PortsBottle> {
  const { home, rung, ports, server } = options;
  if (server !== undefined) await writeFile(join(home.workspace, "server.cjs"), server);
  const prompt = options.prompt ?? "exec /opt/claude-bottle/node server.cjs";
  const run = await startTestBottle({ home, bottle: { rung, ports }, prompt });
  await run.bottle.started;
  const state = await portsState(home, run.bottle.id);
  return {
    run,
    ports: state.ports.map(({ host }) => host),
    pid: state.pid,
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

interface PortsState {
  readonly pid: number;
  readonly ports: readonly { readonly host: number; readonly inside: number }[];
}

/** Told to be running a moment after it is. */
async function portsState(home: TestHome, id: string): Promise<PortsState> {
  const file = join(home.stateHome, "claude-bottle", id, "state.json");
  for (let tries = 0; tries < 200; tries += 1) {
    const state = JSON.parse(await readFile(file, "utf8")) as PortsState & { state: string };
    if (state.state === "running") return state;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("the bottle never ran");
}

/** How a call went: everything that came, and the error that ended it. */
export interface Call {
  readonly text: string;
  readonly bytes: Buffer;
  readonly error: string | undefined;
}

/** Connects, says it all, ends if `end`, and listens to the end. */
export async function callPort(
  port: number,
  say: string | Buffer,
  end: boolean = true,
): Promise<Call> {
  const socket = dialPort(port);
  if (end) socket.end(say);
  else socket.write(say);
  return hearOut(socket);
}

export function dialPort(port: number): Socket {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  socket.on("error", () => undefined);
  return socket;
}

/** All that comes, to its end or its break. */
export function hearOut(socket: Socket): Promise<Call> {
  const pieces: Buffer[] = [];
  let error: string | undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      socket.destroy();
      const bytes = Buffer.concat(pieces);
      resolve({ text: bytes.toString("latin1"), bytes, error });
    };
    socket.on("data", (piece: Buffer) => pieces.push(piece));
    socket.once("error", (cause: NodeJS.ErrnoException) => (error = cause.code));
    socket.once("end", done);
    socket.once("close", done);
  });
}

/** Calls until the server inside is up. */
export async function untilServed(
  port: number,
  say: string = "GET / HTTP/1.0\r\n\r\n",
): Promise<Call> {
  for (let tries = 0; tries < 300; tries += 1) {
    const call = await callPort(port, say);
    if (call.bytes.length > 0) return call;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing ever answered on port ${port}`);
}

/** Megabytes that a process holds in memory. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
