/** The few numbers a measurement is told in. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, least and most, in tenths. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: tenths(median(sorted)),
    min: tenths(sorted[0] ?? Number.NaN),
    max: tenths(sorted.at(-1) ?? Number.NaN),
  };
}

/** Of two runs' medians; rounded to hundredths. */
export function ratio(measured: Spread, reference: Spread): number {
  return Math.round((measured.median / reference.median) * 100) / 100;
}

/** The value below which so many percent of sorted ones are (nearest rank). */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? Number.NaN;
}

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
