/**
 * The way from a place elsewhere to the demo's servers on this machine: through the Engine's connection, by a container's standard
 * streams. ssh forwards no port for it, and an sshd that forbids that (as those of `bottle vm cloud-init` do) is none the worse.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http2";
import type { ServerHttp2Stream } from "node:http2";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { removeContainer } from "../../backends/docker/container-state.ts";
import { carry } from "../../backends/docker/engine/demux.ts";
import type { Engine } from "../../backends/docker/engine/engine.ts";
import { waitForEnd } from "../../backends/docker/end.ts";
import { BottleError } from "../../errors/error.ts";
import { newId } from "../../plan/id.ts";
import type { DemoCanary } from "../canary.ts";
import { plainText } from "../check.ts";
import { bridgeAddress, createFar } from "./container.ts";
import { listensHeader, paths } from "./program.ts";

/** Milliseconds for it to run, listen and be touched; a slow machine counts. */
const patience = 30_000;
/** Milliseconds for the daemon to take it away. */
const leaving = 10_000;
/** Connections at a time. */
const maxStreams = 64;

export interface WayBackOptions {
  readonly engine: Engine;
  readonly image: string;
  readonly uid: number;
  readonly place: string;
}

export interface WayBack extends AsyncDisposable {
  /** The proxy as a gateway there dials it. */
  readonly url: string;
  /** On that machine. */
  readonly canary: Omit<DemoCanary, typeof Symbol.asyncDispose>;
}

/** `port`: of the relay on this machine's loopback; nothing else here is led to. */
export async function openWayBack(options: WayBackOptions, port: number): Promise<WayBack> {
  const { engine, place } = options;
  const bridge = await bridgeAddress(engine, place);
  const id = newId("demo-way", randomBytes);
  const container = await createFar({ ...options, id, bridge });
  const { ended } = await waitForEnd(engine, container);
  const near = openNear(port);
  const close = async (): Promise<void> => {
    await removeContainer(engine, container).catch(() => undefined);
    near[Symbol.dispose]();
    await inTime(ended, leaving);
  };
  try {
    const stream = await engine.hijack(
      `/containers/${container}/attach?stream=1&stdin=1&stdout=1&stderr=1`,
    );
    const words = near.join(stream);
    await engine.call("POST", `/containers/${container}/start`);
    const listens = await inTime(Promise.race([near.ready, ended]), patience);
    if (typeof listens !== "object" || listens === null) throw deaf(place, words());
    return {
      url: `http://${listens.relay}`,
      canary: { tcp: listens.tcp, udp: listens.udp, touches: () => near.touches() },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Listens {
  readonly relay: string;
  readonly tcp: readonly string[];
  readonly udp: readonly string[];
}

interface Near extends Disposable {
  /** Speaks over an attached stream; returns what comes on standard error. */
  join(stream: Duplex): () => string;
  /** When the far program listens, and every listener of its canary was heard: only such a canary's silence proves anything. */
  readonly ready: Promise<Listens>;
  /** Since then. */
  touches(): number;
}

/** This machine's end. What the other says is not trusted: it opens connections to the relay, counts, and is read by shape. */
function openNear(port: number): Near {
  let heard = 0;
  let said: Listens | undefined;
  let settle: (listens: Listens) => void = () => undefined;
  const ready = new Promise<Listens>((resolve) => (settle = resolve));
  const controls = (): number => (said?.tcp.length ?? 0) + (said?.udp.length ?? 0);
  let joined: Duplex | undefined;
  const server = createServer({ settings: { maxConcurrentStreams: maxStreams } });
  server.on("sessionError", () => undefined);
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    if (headers[":path"] === paths.relay) return leadTo(port, stream);
    if (headers[":path"] === paths.touched) heard += 1;
    if (headers[":path"] === paths.listens) said ??= readListens(headers[listensHeader]);
    stream.respond({ ":status": 204 }, { endStream: true });
    if (said !== undefined && heard >= controls()) settle(said);
  });
  return {
    ready,
    touches: () => heard - controls(),
    join(stream) {
      let words = "";
      const carried = carry(stream, false);
      carried.stderr.on(
        "data",
        (data: Buffer) => (words = `${words}${data.toString("latin1")}`.slice(0, 1000)),
      );
      joined = Duplex.from({ readable: carried.stdout, writable: stream });
      joined.on("error", () => undefined);
      stream.on("error", () => undefined);
      joined.once("close", () => stream.destroy());
      server.emit("connection", joined);
      return () => words;
    },
    [Symbol.dispose]: () => void joined?.destroy(),
  };
}

function leadTo(port: number, stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200 });
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined).on("close", () => stream.close());
  stream.on("close", () => socket.destroy());
  socket.pipe(stream).pipe(socket);
}

/** Addresses alone: they become words of commands. */
function readListens(text: unknown): Listens | undefined {
  const is = (one: unknown): one is string =>
    typeof one === "string" && /^(?:\d{1,3}\.){3}\d{1,3}:\d{1,5}$/.test(one);
  const all = (list: unknown): list is readonly string[] =>
    Array.isArray(list) && list.length === 2 && list.every(is);
  try {
    const { relay, tcp, udp } = JSON.parse(String(text)) as Record<string, unknown>;
    return is(relay) && all(tcp) && all(udp) ? { relay, tcp, udp } : undefined;
  } catch {
    return undefined;
  }
}

function deaf(place: string, words: string): BottleError {
  return new BottleError({
    code: "E_DEMO_PLACE",
    what: `The demo's model, on this machine, cannot be reached from ${place}.`,
    why:
      words === ""
        ? "What should lead the way back ran there, and was not heard in time."
        : `What should lead the way back says: ${plainText(words)}`,
    next: "Run `bottle doctor --place` for that machine; see whether its firewall closes its loopback, or what listens on Docker's bridge.",
  });
}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
