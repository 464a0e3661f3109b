/** Follows an audit log's chain line by line and names what is wrong with it. */
import type { OpenedLine } from "./chain.ts";
import type { AuditSeal } from "./seal.ts";

export interface AuditProblem {
  /** Counts from 1; 0 is the log as a whole. */
  readonly line: number;
  readonly what: string;
}

/** Problems told one by one; a log that is wrong all over needs no longer list. */
const maxProblems = 200;

interface Gap {
  from: number;
  to: number;
  readonly line: number;
}

export class ChainCheck {
  readonly #seal: AuditSeal | undefined;
  #problems: AuditProblem[] = [];
  #untold = 0;
  /** Sequence numbers passed over so far. */
  #gaps: Gap[] = [];
  #prev: string;
  #prevSure = true;
  #sealedMac: string | undefined;
  #lines = 0;
  #highest = 0;

  constructor(origin: string, seal: AuditSeal | undefined) {
    this.#prev = origin;
    this.#seal = seal;
    if (seal?.count === 0) this.#sealedMac = origin;
  }

  get lines(): number {
    return this.#lines;
  }

  /** The highest sequence number found. */
  get highest(): number {
    return this.#highest;
  }

  get problems(): readonly AuditProblem[] {
    return this.#untold === 0
      ? this.#problems
      : [...this.#problems, { line: 0, what: `${this.#untold} more problems` }];
  }

  problem(line: number, what: string): void {
    if (this.#problems.length < maxProblems) this.#problems.push({ line, what });
    else this.#untold += 1;
  }

  /** A line without its newline at the end of the file. */
  torn(): void {
    this.#lines += 1;
    this.problem(this.#lines, "the last line is torn");
  }

  line(line: OpenedLine | undefined): void {
    this.#lines += 1;
    if (line?.seq === this.#seal?.count && line !== undefined) this.#sealedMac = line.mac;
    if (line === undefined || !line.authentic) {
      this.problem(
        this.#lines,
        line === undefined ? "this is no line of the log" : "this line was changed",
      );
      // What a changed line says of itself is worth a guess, so that one change is told as one.
      if (line === undefined || line.seq !== this.#highest + 1) this.#prevSure = false;
      else this.#step(line);
      return;
    }
    if (line.seq > this.#highest) {
      if (line.seq > this.#highest + 1)
        this.#gaps.push({ from: this.#highest + 1, to: line.seq - 1, line: this.#lines });
      else if (this.#prevSure && line.prev !== this.#prev)
        this.problem(this.#lines, "this line does not follow the one before");
      this.#step(line);
    } else
      this.problem(
        this.#lines,
        this.#fill(line.seq)
          ? `line ${line.seq} stands out of order`
          : `line ${line.seq} stands twice`,
      );
  }

  end(): void {
    for (const { from, to, line } of this.#gaps)
      this.problem(
        line,
        from === to
          ? `line ${from} is missing before this`
          : `lines ${from} to ${to} are missing before this`,
      );
    const seal = this.#seal;
    if (seal === undefined) return;
    if (this.#highest < seal.count)
      this.problem(
        0,
        `the log was cut: ${seal.count} lines were sealed, and line ${this.#highest} is the last`,
      );
    else if (this.#sealedMac !== seal.head)
      this.problem(0, `line ${seal.count} is not the one that was sealed`);
    if (seal.closed && this.#highest > seal.count)
      this.problem(0, `there are lines after the sealed end, line ${seal.count}`);
  }

  #step(line: OpenedLine): void {
    this.#highest = line.seq;
    this.#prev = line.mac;
    this.#prevSure = true;
  }

  /** Takes a late line out of the gap it belongs to; false if it was there already. */
  #fill(seq: number): boolean {
    const index = this.#gaps.findIndex(({ from, to }) => from <= seq && seq <= to);
    const gap = this.#gaps[index];
    if (gap === undefined) return false;
    const rest = [
      { ...gap, to: seq - 1 },
      { ...gap, from: seq + 1 },
    ];
    this.#gaps.splice(index, 1, ...rest.filter(({ from, to }) => from <= to));
    return true;
  }
}
