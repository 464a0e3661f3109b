/**
 * What both ends of the wire do while they are connected: say what is kept, as fast as it is taken, and hear what is new, once.
 *
 *   {"n":7,"m":{…}}   the seventh message        {"ack":7}   heard, and all before it
 */
import type { Writable } from "node:stream";
import { Ledger } from "./ledger.ts";
import { lineOf } from "./line.ts";
import type { LineValue } from "./line.ts";

export interface EndEvents {
  /** One message of the other end; each comes once, in order. */
  readonly message: (message: LineValue) => void;
  /** The other end has heard all up to this number. */
  readonly acknowledged?: (number: number) => void;
}

export class End {
  readonly ledger: Ledger = new Ledger();
  readonly #events: EndEvents;
  #out: Writable | undefined;
  #due = false;

  constructor(events: EndEvents) {
    this.#events = events;
  }

  /** Returns the message's number. */
  send(message: object): number {
    const number = this.ledger.put(message);
    this.#pump();
    return number;
  }

  /** The other end has heard so much and gets the rest; false for a number that it cannot have. */
  connected(out: Writable, seen: number): boolean {
    if (!this.#acknowledged(seen)) return false;
    this.ledger.rewind();
    this.#out = out;
    this.#pump();
    return true;
  }

  cut(): void {
    this.#out = undefined;
  }

  /** More can be written. */
  drained(): void {
    this.#pump();
  }

  /** A line that is a message or an acknowledgement; false for what it cannot be. */
  hear(value: LineValue): boolean {
    const { n: number, m: message, ack } = value;
    if (ack !== undefined) return isNumber(ack) && this.#acknowledged(ack);
    if (!isNumber(number) || typeof message !== "object" || message === null) return false;
    const news = this.ledger.hear(number);
    if (news === "gap") return false;
    this.acknowledge();
    if (news === "new") this.#events.message(message as LineValue);
    return true;
  }

  /** Soon, or when there is room: one word for all that came together. */
  acknowledge(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => this.#pump());
  }

  #acknowledged(number: number): boolean {
    if (!this.ledger.acknowledged(number)) return false;
    this.#events.acknowledged?.(number);
    return true;
  }

  #pump(): void {
    const out = this.#out;
    if (out === undefined || out.writableNeedDrain) return;
    if (this.#due) {
      this.#due = false;
      out.write(lineOf({ ack: this.ledger.seen }));
    }
    while (!out.writableNeedDrain) {
      const line = this.ledger.next();
      if (line === undefined) return;
      out.write(line);
    }
  }
}

export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
