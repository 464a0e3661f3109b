/** One canary: a listener of ours on the host that records who reaches it, and answers nobody. */
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import type { CanaryState } from "./verdict.ts";

export interface Canary extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Reaches the canary as a control run, from the host, at another of its addresses where one is named; after it, everything that came earlier has been heard. */
  control(at?: string): Promise<void>;
  readonly state: CanaryState;
}

/** Milliseconds a control run may take; on the host's own addresses it takes one. */
const controlWait = 2000;
/** Bytes that a caller may send before it is told apart by them. */
const maxFirst = 64;

/** Hears callers, tells the control run's apart by its word, and keeps the result. */
class Ear {
  #touched = false;
  #unusable = false;
  #awaited: (() => void) | undefined;
  /** Callers that have not said anything yet. */
  #waiting = 0;
  readonly #word: string;

  constructor(word: string) {
    this.#word = word;
  }

  /** A caller is there; returns what takes its word. */
  caller(): (said: string) => void {
    this.#waiting += 1;
    return (said) => {
      this.#waiting -= 1;
      if (said === this.#word && this.#awaited !== undefined) this.#awaited();
      else this.#touched = true;
    };
  }

  /** `send` says the word; resolves when it was heard, or when that took too long. */
  control(send: (word: string, failed: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#awaited = undefined;
        resolve();
      };
      const failed = (): void => {
        this.#unusable = true;
        done();
      };
      const timer = setTimeout(failed, controlWait);
      this.#awaited = done;
      send(this.#word, failed);
    });
  }

  get state(): CanaryState {
    if (this.#touched || this.#waiting > 0) return "touched";
    return this.#unusable ? "unusable" : "silent";
  }
}

type StreamPlace = { readonly host: string; readonly port: number } | { readonly path: string };

/** A stream listener at an address or a unix socket; rejects where it cannot listen. */
export async function streamCanary(
  name: string,
  place: StreamPlace,
  word: string,
): Promise<Canary> {
  const ear = new Ear(word);
  const server = createServer((caller) => {
    const hear = ear.caller();
    let said = "";
    caller.setTimeout(controlWait, () => caller.destroy());
    caller.on("error", () => undefined);
    caller.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1", 0, maxFirst);
      if (said.length >= word.length) caller.destroy();
    });
    caller.once("close", () => hear(said));
  });
  await listen(server, place);
  server.on("error", () => undefined);
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  return {
    name,
    port,
    control: (at) =>
      ear.control((said, failed) => {
        const caller = connect("path" in place ? place : { host: at ?? place.host, port });
        caller.once("error", failed);
        caller.once("connect", () => caller.end(said));
        caller.resume();
      }),
    get state() {
      return ear.state;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.close(() => done());
      }),
  };
}

function listen(server: ReturnType<typeof createServer>, place: StreamPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(place, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** A datagram listener; `encode` makes the control run's word a message, `decode` finds it again. */
export async function datagramCanary(
  name: string,
  address: string,
  word: string,
  format: {
    readonly encode: (word: string) => Buffer;
    readonly decode: (message: Buffer) => string | undefined;
  },
): Promise<Canary> {
  const ear = new Ear(word);
  const type = address.includes(":") ? "udp6" : "udp4";
  const socket = createSocket(type);
  socket.on("message", (message) => ear.caller()(format.decode(message) ?? ""));
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, address, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  socket.on("error", () => undefined);
  const { port } = socket.address();
  return {
    name,
    port,
    control: (at = address) =>
      ear.control((said, failed) => {
        const caller = createSocket(type);
        caller.on("error", failed);
        caller.send(format.encode(said), port, at, (error) => {
          if (error !== null) failed();
          caller.close();
        });
      }),
    get state() {
      return ear.state;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        socket.close(() => done());
      }),
  };
}
