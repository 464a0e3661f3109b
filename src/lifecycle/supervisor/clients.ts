/** The clients attached to one supervisor: the CLI that started it, and whoever came by the control socket. */
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import type { ClientMessage, SupervisorMessage } from "../control.ts";
import { frameKinds, openFrames, sendMessage } from "../frames.ts";
import type { FrameChannel, FrameKind } from "../frames.ts";

/** More clients than this are turned away; each costs memory. */
const maxClients = 32;

export interface ClientHandlers {
  readonly onMessage: (message: ClientMessage, reply: (message: SupervisorMessage) => void) => void;
  /** `taken` tells the client that the agent has read it, and that more may come. */
  readonly onStdin: (data: Buffer, taken: () => void) => void;
}

export class Clients {
  readonly #channels = new Set<FrameChannel>();
  readonly #handlers: ClientHandlers;
  #server: Server | undefined;

  constructor(handlers: ClientHandlers) {
    this.#handlers = handlers;
  }

  /** Takes a connection in. Clients are the owner's own programs: they are trusted, but bounded. */
  add(stream: Duplex): void {
    if (this.#channels.size >= maxClients) {
      stream.destroy();
      return;
    }
    const channel: FrameChannel = openFrames(stream, {
      onFrame: (kind, payload) => {
        if (kind === frameKinds.stdin) this.#feed(channel, Buffer.from(payload));
        else if (kind === frameKinds.message) this.#receive(channel, payload);
      },
      onEnd: () => this.#channels.delete(channel),
    });
    this.#channels.add(channel);
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
    for (const channel of this.#channels) sendMessage(channel, message);
  }

  /** Sends a piece of the agent's output to every client; resolves when all can take more. */
  async output(kind: FrameKind, data: Buffer): Promise<void> {
    const slow = [...this.#channels].filter((channel) => !channel.send(kind, data));
    if (slow.length > 0) await Promise.all(slow.map((channel) => channel.drained()));
  }

  /** Lets go of everyone after what was sent has been flushed. */
  close(): void {
    this.#server?.close();
    for (const channel of this.#channels) channel.end();
  }

  #feed(channel: FrameChannel, data: Buffer): void {
    const taken = { type: "input-taken", bytes: data.length } satisfies SupervisorMessage;
    this.#handlers.onStdin(data, () => sendMessage(channel, taken));
  }

  #receive(channel: FrameChannel, payload: Buffer): void {
    let message: ClientMessage;
    try {
      message = JSON.parse(payload.toString("utf8")) as ClientMessage;
    } catch {
      channel.destroy();
      return;
    }
    this.#handlers.onMessage(message, (reply) => sendMessage(channel, reply));
  }
}
