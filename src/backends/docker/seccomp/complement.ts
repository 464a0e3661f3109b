/** All 32-bit values but a few, in the one form that a rule of libseccomp can say: bits that must be as given. */

export interface Masked {
  readonly mask: number;
  readonly value: number;
}

/**
 * From the highest bit down, wherever the excluded values leave a half of the numbers free, that half. Together they hold every
 * number but `excluded`.
 */
export function complementOf(excluded: readonly number[]): readonly Masked[] {
  return halves(new Set(excluded.map((value) => value >>> 0)), 31, { mask: 0, value: 0 });
}

function halves(inside: ReadonlySet<number>, bit: number, prefix: Masked): readonly Masked[] {
  if (inside.size === 0) return [prefix];
  if (bit < 0) return [];
  return [0, 1].flatMap((set) => {
    const value = (prefix.value | (set << bit)) >>> 0;
    const mask = (prefix.mask | (1 << bit)) >>> 0;
    const those = [...inside].filter((one) => (one & mask) >>> 0 === value);
    return halves(new Set(those), bit - 1, { mask, value });
  });
}
