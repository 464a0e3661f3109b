/**
 * The agent's input on its way to the supervisor: never more than a window ahead of what the agent has read. So nothing is
 * dropped however slowly it reads, and an order (a signal, the end) does not wait behind megabytes of input.
 */

/** Bytes on their way that the agent has not read. */
const windowSize = 1024 * 1024;
/** Bytes of one frame. */
const piece = 64 * 1024;

export interface InputTarget {
  readonly data: (data: Buffer) => void;
  readonly end: () => void;
}

export class InputQueue {
  readonly #target: InputTarget;
  readonly #waiting: Buffer[] = [];
  readonly #hopeful: (() => void)[] = [];
  #ahead = 0;
  #ending = false;
  #closed = false;

  constructor(target: InputTarget) {
    this.#target = target;
  }

  /** Takes a piece of input; whoever has much of it waits for the promise, where there is one, before it brings more. */
  push(data: Buffer): Promise<void> | undefined {
    if (this.#closed || this.#ending) return undefined;
    for (let at = 0; at < data.length; at += piece)
      this.#waiting.push(data.subarray(at, at + piece));
    this.#flow();
    if (this.#waiting.length === 0) return undefined;
    return new Promise((resolve) => this.#hopeful.push(resolve));
  }

  /** No more input: the agent hears of it behind the last byte. */
  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#flow();
  }

  /** The agent has read that many bytes. */
  taken(bytes: number): void {
    this.#ahead -= bytes;
    this.#flow();
  }

  /** Nobody reads any more: what waits is forgotten, and nobody is kept waiting. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    for (const resolve of this.#hopeful.splice(0)) resolve();
  }

  #flow(): void {
    if (this.#closed) return;
    while (this.#ahead < windowSize) {
      const data = this.#waiting.shift();
      if (data === undefined) break;
      this.#ahead += data.length;
      this.#target.data(data);
    }
    if (this.#waiting.length > 0) return;
    for (const resolve of this.#hopeful.splice(0)) resolve();
    if (!this.#ending) return;
    this.#closed = true;
    this.#target.end();
  }
}
