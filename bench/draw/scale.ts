/** Round numbers for an axis. */

/** From nothing to at least `most`, in steps of 1, 2 or 5 times a power of ten; about `count` of them. */
export function ticks(most: number, count: number): readonly number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const steps = Math.ceil(most / step - 1e-9);
  // Multiplied, and not summed up: 0.1 + 0.2 would be told with seventeen digits.
  return Array.from({ length: steps + 1 }, (_none, index) =>
    Number((index * step).toPrecision(12)),
  );
}

/** With thousands apart, and no more digits than say something. */
export function told(value: number): string {
  const size = Math.abs(value);
  let digits = 0;
  if (size < 10) digits = 2;
  else if (size < 100) digits = 1;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
