/** A number of bottles. */

/** Bottles that one command makes at the most. */
const maxCount = 1000;

export function countOf(input: string): number {
  const count = Number(input);
  if (Number.isInteger(count) && count >= 1 && count <= maxCount) return count;
  throw new RangeError(`A count is a whole number from 1 to ${maxCount}`);
}
