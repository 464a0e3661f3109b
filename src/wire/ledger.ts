/** One end's books: what it said and the other has not acknowledged yet, and how far it has heard the other. */
import { lineOf } from "./line.ts";

interface Kept {
  readonly number: number;
  readonly line: string;
}

const gone: Kept = { number: 0, line: "" };

export class Ledger {
  /** In order; those before `#first` are acknowledged. */
  #kept: Kept[] = [];
  #first = 0;
  /** Index of the next that the connection has not got. */
  #next = 0;
  #last = 0;
  #held = 0;
  #seen = 0;

  /** Number of the last message that was heard, all before it included. */
  get seen(): number {
    return this.#seen;
  }

  /** Characters of lines that are kept. */
  get held(): number {
    return this.#held;
  }

  /** Keeps a message until it is acknowledged, and returns its number. */
  put(message: object): number {
    this.#last += 1;
    const line = lineOf({ n: this.#last, m: message });
    this.#kept.push({ number: this.#last, line });
    this.#held += line.length;
    return this.#last;
  }

  /** The next line for the connection, in order. */
  next(): string | undefined {
    const kept = this.#kept[this.#next];
    if (kept !== undefined) this.#next += 1;
    return kept?.line;
  }

  /** On a new connection everything that is kept goes again. */
  rewind(): void {
    this.#next = this.#first;
  }

  /** False for a number that was never given: whoever names it is not who was spoken to. */
  acknowledged(number: number): boolean {
    if (number > this.#last) return false;
    for (let kept = this.#kept[this.#first]; kept !== undefined; kept = this.#kept[this.#first]) {
      if (kept.number > number) break;
      this.#held -= kept.line.length;
      this.#kept[this.#first] = gone;
      this.#first += 1;
    }
    this.#next = Math.max(this.#next, this.#first);
    if (this.#first > 1024 && this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first);
      this.#next -= this.#first;
      this.#first = 0;
    }
    return true;
  }

  /** `old`: heard before. `gap`: one before it is missing. */
  hear(number: number): "new" | "old" | "gap" {
    if (number <= this.#seen) return "old";
    if (number > this.#seen + 1) return "gap";
    this.#seen = number;
    return "new";
  }
}
