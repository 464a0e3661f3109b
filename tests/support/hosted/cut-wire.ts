/**
 * What lies between a caller and a program that has its streams all its life, as a daemon does it: one connection after the other,
 * what the program says while there is none is lost, and a connection ends in the middle of any byte.
 */
import { Duplex } from "node:stream";
import type { Readable, Writable } from "node:stream";

/** Bytes after which a connection is cut, for each direction; and whether what was on its way in arrives later, among the next's. */
export interface Cut {
  readonly into: number;
  readonly out: number;
  readonly late: boolean;
}

export interface CutWire {
  /** A new connection; an older one is gone. Throws while there is no way there. */
  connect(cut?: Cut): Duplex;
  reachable: boolean;
  /** Cuts the present one now. */
  cut(): void;
}

const never: Cut = { into: Infinity, out: Infinity, late: false };

/** `input`: what the program reads, `output`: what it writes. */
export function openCutWire(input: Writable, output: Readable): CutWire {
  let current: Duplex | undefined;
  let give: (bytes: Buffer) => void = () => undefined;
  let stale: Buffer[] = [];

  output.on("data", (bytes: Buffer) => give(bytes));
  const cut = (): void => {
    give = () => undefined;
    const ended = current;
    current = undefined;
    ended?.destroy();
  };
  const wire: CutWire = {
    reachable: true,
    cut,
    connect(limits = never) {
      cut();
      if (!wire.reachable) throw new Error("no way there");
      let { into, out } = limits;
      const late = stale;
      stale = [];
      const side = new Duplex({
        read: () => undefined,
        write(chunk: Buffer, _encoding, done: () => void) {
          if (current !== side) {
            if (limits.late) stale.push(chunk);
            return done();
          }
          const part = chunk.subarray(0, into);
          into -= part.length;
          input.write(part);
          // The tail of the last connection, in the midst of this one.
          for (const old of late.splice(0)) input.write(old);
          if (part.length < chunk.length) {
            if (limits.late) stale.push(chunk.subarray(part.length));
            cut();
          }
          done();
        },
      });
      side.on("error", () => undefined);
      current = side;
      give = (bytes) => {
        const part = bytes.subarray(0, out);
        out -= part.length;
        side.push(part);
        if (part.length < bytes.length) setImmediate(() => current === side && cut());
      };
      return side;
    },
  };
  return wire;
}
