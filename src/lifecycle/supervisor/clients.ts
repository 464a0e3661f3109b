/** The clients of one supervisor: the CLI that started it, and whoever came by the control socket. */
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  AttachRequest,
  BottleStatus,
  ClientMessage,
  LaunchOrder,
  SupervisorMessage,
} from "../control.ts";
import { frameKinds, openFrames, sendMessage } from "../frames.ts";
import type { FrameChannel, FrameKind } from "../frames.ts";

/** More clients than this are turned away; each costs memory. */
const maxClients = 32;
/** Bytes that a client which watches may be behind before it is shown the screen anew instead of every byte. */
const maxBehind = 1024 * 1024;
/** Milliseconds for which the agent waits for the terminal that types. */
const patience = 1_000;

export interface ClientHandlers {
  readonly onMessage: (message: ClientMessage, reply: (message: SupervisorMessage) => void) => void;
  /** True if the order is carried out: of several that want a prepared bottle, one has it. */
  readonly onLaunch: (order: LaunchOrder, reply: (message: SupervisorMessage) => void) => boolean;
  readonly onGone: () => void;
  /** `taken` tells the client that the agent has read it, and that more may come. */
  readonly onStdin: (data: Buffer, taken: () => void) => void;
}

/** What a client that comes late must see first, and how it is told about. */
export interface Scene {
  readonly terminal: boolean;
  state(): BottleStatus["state"];
  /** What stands on the screen, or the last of the output. */
  replay(): readonly { readonly kind: FrameKind; readonly data: Buffer }[];
  /** Runs `act` between two pieces of output, never within one. */
  between(act: () => void): void;
}

interface Client {
  readonly channel: FrameChannel;
  role: "visits" | "watches" | "types";
  /** Every byte is for this one: the agent waits for it. It began the run, and its output is a pipe. */
  lossless: boolean;
  /** Too slow: it gets nothing until it has taken what it was sent, and then the screen. */
  behind: boolean;
}

export class Clients {
  readonly #clients = new Set<Client>();
  readonly #handlers: ClientHandlers;
  #scene: Scene | undefined;
  #beginner: Client | undefined;
  #server: Server | undefined;

  constructor(handlers: ClientHandlers) {
    this.#handlers = handlers;
  }

  get attached(): number {
    return [...this.#clients].filter(({ role }) => role !== "visits").length;
  }

  get typing(): boolean {
    return this.#typist() !== undefined;
  }

  /** From now on clients may attach. The one that ordered the run has the agent's input and all of its output. */
  present(scene: Scene): void {
    this.#scene = scene;
    if (this.#beginner !== undefined) this.#beginner.lossless = !scene.terminal;
  }

  /** Takes a connection in. Clients are the owner's own programs: they are trusted, but bounded. */
  add(stream: Duplex): void {
    if (this.#clients.size >= maxClients) {
      stream.destroy();
      return;
    }
    const channel: FrameChannel = openFrames(stream, {
      onFrame: (kind, payload) => {
        if (kind === frameKinds.stdin) this.#feed(client, Buffer.from(payload));
        else if (kind === frameKinds.message) this.#receive(client, payload);
      },
      onEnd: () => {
        this.#clients.delete(client);
        this.#handlers.onGone();
      },
    });
    const client: Client = { channel, role: "visits", lossless: false, behind: false };
    this.#clients.add(client);
  }

  /** Listens on the control socket; its directory is never bound inside a bottle. */
  async listen(path: string): Promise<void> {
    const server = createServer({ pauseOnConnect: false }, (socket) => this.add(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    // A connection that cannot be taken is lost, and no other.
    server.on("error", () => undefined);
    await chmod(path, 0o600);
  }

  broadcast(message: SupervisorMessage): void {
    for (const { channel } of this.#clients) sendMessage(channel, message);
  }

  /** Hands on a piece of the agent's output; resolves when those who must have every byte can take more. */
  async output(kind: FrameKind, data: Buffer): Promise<void> {
    const awaited: Promise<void>[] = [];
    for (const client of this.#clients) {
      if (client.role === "visits" || client.behind) continue;
      const room = client.channel.send(kind, data);
      if (client.lossless && !room) awaited.push(client.channel.drained());
      else if (client.role === "types" && !room) awaited.push(this.#waitFor(client));
      else if (!client.lossless && client.channel.queued() > maxBehind) this.#fallBehind(client);
    }
    await Promise.all(awaited);
  }

  /**
   * Lets go of everyone; resolves when each has taken what it was sent. Whoever only watches is not waited for long, and nobody is
   * longer than `withinMs`; without that the one whose pipe gets every byte may take its time.
   */
  async close(withinMs?: number): Promise<void> {
    this.#server?.close();
    const clients = [...this.#clients];
    for (const { channel } of clients) channel.end();
    await Promise.all(
      clients.map(({ lossless, channel }) => {
        const limit = lossless ? withinMs : patience;
        return limit === undefined ? channel.ended : Promise.race([channel.ended, sleep(limit)]);
      }),
    );
  }

  #typist(): Client | undefined {
    return [...this.#clients].find(({ role }) => role === "types");
  }

  /** Whoever types sees all of it as it comes, as at any terminal, unless he takes nothing at all. */
  async #waitFor(client: Client): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const stuck = new Promise<true>((resolve) => {
      timer = setTimeout(() => resolve(true), patience);
    });
    const late = await Promise.race([client.channel.drained(), stuck]);
    clearTimeout(timer);
    if (late === true) this.#fallBehind(client);
  }

  #fallBehind(client: Client): void {
    client.behind = true;
    void client.channel.drained().then(() =>
      this.#scene?.between(() => {
        client.behind = false;
        this.#show(client);
      }),
    );
  }

  #show(client: Client): void {
    for (const { kind, data } of this.#scene?.replay() ?? []) client.channel.send(kind, data);
  }

  #attach(client: Client, request: AttachRequest): void {
    const scene = this.#scene;
    if (scene === undefined) {
      // There is nothing to be at yet.
      client.channel.end();
      return;
    }
    scene.between(() => {
      const typist = this.#typist();
      // Input of a run without a terminal is a pipe's, and belongs to the client that began it.
      const may = scene.terminal && (typist === undefined || request.take);
      const typing = client.role === "types" || (request.typing && may);
      if (typing && typist !== undefined && typist !== client) {
        typist.role = "watches";
        sendMessage(typist.channel, { type: "typing", typing: false });
      }
      client.role = typing ? "types" : "watches";
      this.#show(client);
      // Behind the screen: what the client has to say about it must stay to be read.
      const { terminal } = scene;
      sendMessage(client.channel, { type: "attached", typing, terminal, state: scene.state() });
      const { size } = request;
      if (typing && size !== null)
        this.#handlers.onMessage({ type: "resize", ...size }, () => undefined);
    });
  }

  #feed(client: Client, data: Buffer): void {
    const taken = { type: "input-taken", bytes: data.length } satisfies SupervisorMessage;
    const tell = (): void => sendMessage(client.channel, taken);
    if (client.role === "types") this.#handlers.onStdin(data, tell);
    else tell();
  }

  #receive(client: Client, payload: Buffer): void {
    let message: ClientMessage;
    try {
      message = JSON.parse(payload.toString("utf8")) as ClientMessage;
    } catch {
      client.channel.destroy();
      return;
    }
    const reply = (answer: SupervisorMessage): void => sendMessage(client.channel, answer);
    if (message.type === "launch") {
      if (!this.#handlers.onLaunch(message, reply) || this.#scene !== undefined) return;
      // What it sends behind its order is the agent's input already.
      this.#beginner = client;
      client.role = "types";
      return;
    }
    if (message.type === "attach") this.#attach(client, message);
    else if (client.role === "types" || !typistsOnly.has(message.type))
      this.#handlers.onMessage(message, reply);
  }
}

/** What follows from having the agent's terminal. */
const typistsOnly: ReadonlySet<ClientMessage["type"]> = new Set(["resize", "stdin-end"]);
