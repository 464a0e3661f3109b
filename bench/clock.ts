/** Milliseconds since the epoch, finer than `Date.now`. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}
