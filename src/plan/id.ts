/** The id of a bottle: `<agent>-<5 base36>`, random so that parallel starts of one agent never meet. */

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

/** `random(n)` gives n random bytes, as `randomBytes` of node:crypto does. */
export function newId(agent: string, random: (size: number) => Uint8Array): string {
  let suffix = "";
  while (suffix.length < 5) {
    for (const byte of random(16)) {
      // 252 = 7 × 36: higher bytes would make some digits more likely.
      if (byte < 252 && suffix.length < 5) suffix += digits[byte % 36] ?? "";
    }
  }
  return `${agent}-${suffix}`;
}
