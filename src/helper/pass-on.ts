/** Joins two streams of bytes. */
import type { Duplex } from "node:stream";

/** Copies both ways with backpressure; an end goes on as an end, a break as a break. Both allow half-open connections. */
export function passOn(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => {
      // Gone without an end: nothing more can come, and what is still to be written has no reader.
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
}
