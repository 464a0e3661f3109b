/**
 * One connection in two processes: a TCP part here, and a link (unix(7), or a hosted gateway) to the part over there. A link has no way to say
 * that its connection broke: it ends, as after a whole answer. So a break goes beside it, as the number of bytes before it.
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Milliseconds that one part may outlive the other: for what is still on its way. */
const linger = 10_000;

export interface JointEvents {
  /** The TCP part broke after so many bytes of it went over. */
  readonly broke: (after: number) => void;
  /** Both parts are closed. */
  readonly closed: () => void;
  /** In place of handing on, which is then up to whoever listens. */
  readonly fromTcp?: (bytes: Buffer) => void;
  readonly fromLink?: (bytes: Buffer) => void;
  /** Before the end is handed on. */
  readonly tcpEnded?: () => void;
  /** In place of handing the end on. */
  readonly linkEnded?: () => void;
}

export class Joint {
  readonly #tcp: Socket;
  readonly #link: Duplex;
  readonly #events: JointEvents;
  #over = false;
  #given = 0;
  #taken = 0;
  #last = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** Both allow half-open connections, and neither has an owner yet. */
  constructor(tcp: Socket, link: Duplex, events: JointEvents) {
    this.#tcp = tcp;
    this.#link = link;
    this.#events = events;
    tcp.on("data", (bytes: Buffer) => {
      if (this.#over) return;
      if (events.fromTcp === undefined) this.toLink(bytes);
      else events.fromTcp(bytes);
    });
    link.on("data", (bytes: Buffer) => {
      if (this.#over) return;
      if (events.fromLink === undefined) this.toTcp(bytes);
      else events.fromLink(bytes);
    });
    tcp.on("end", () => {
      if (!this.#over) events.tcpEnded?.();
      if (!this.#over) link.end();
    });
    link.on("end", () => {
      if (this.#over) link.destroy();
      else if (events.linkEnded === undefined) this.endTcp();
      else events.linkEnded();
    });
    for (const socket of [tcp, link] as const) {
      // Told by its close.
      socket.on("error", () => undefined);
      socket.on("close", () => this.#closed(socket));
      socket.resume();
    }
  }

  /** The reader is paused while the writer has too much. */
  toLink(bytes: Buffer): void {
    this.#given += bytes.length;
    give(this.#tcp, this.#link, bytes);
  }

  toTcp(bytes: Buffer): void {
    this.#taken += bytes.length;
    give(this.#link, this.#tcp, bytes);
    this.#check();
  }

  endTcp(): void {
    this.#tcp.end();
  }

  /** The part over there broke: this one does, once it has those bytes of it. */
  breakAfter(bytes: number): void {
    this.#last = bytes;
    this.#check();
  }

  /** Cuts the TCP part off, as if it had broken; whoever calls has the socket to himself. */
  release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.broke(this.#given);
    // Kept until the other side lets go, so that its end does not arrive before the word.
    this.#link.resume();
    this.#limit();
  }

  destroy(): void {
    this.#over = true;
    this.#tcp.destroy();
    this.#link.destroy();
  }

  #check(): void {
    if (this.#over || this.#taken < this.#last) return;
    this.#over = true;
    this.#link.destroy();
    this.#tcp.write("", () => reset(this.#tcp));
    this.#limit();
  }

  #closed(socket: Duplex): void {
    if (this.#tcp.closed && this.#link.closed) {
      clearTimeout(this.#timer);
      this.#events.closed();
    }
    if (this.#over) return;
    const whole = socket.readableEnded && socket.writableFinished;
    if (socket === this.#tcp && !whole) return this.release();
    if (!whole) {
      this.#over = true;
      reset(this.#tcp);
    }
    this.#limit();
  }

  #limit(): void {
    if (this.#tcp.closed && this.#link.closed) return;
    this.#timer ??= setTimeout(() => this.destroy(), linger).unref();
  }
}

function give(from: Duplex, to: Duplex, bytes: Buffer): void {
  if (bytes.length === 0 || to.write(bytes)) return;
  from.pause();
  to.once("drain", () => from.resume());
}

/** Ends a TCP connection as a break and not as an end (RFC 9293 section 3.5.2). */
export function reset(tcp: Socket): void {
  if (!tcp.destroyed) tcp.resetAndDestroy();
}
