/** Sizes in binary units: "4GiB" is 4 × 2^30 bytes (IEC 80000-13). */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

const units: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A size of at least `least` bytes and at most 64 TiB. */
export function sizeFormat(least: number): Format<number> {
  return {
    name: "a size such as 4GiB",
    json: { pattern: "^[0-9]+(\\.[0-9]+)?(KiB|MiB|GiB|TiB)$" },
    parse(text) {
      const [, amount = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([KMGT]iB)$/.exec(text) ?? [];
      const factor = units[unit];
      if (factor === undefined) {
        const [, digits, letter] = /^(\d+(?:\.\d+)?) ?([kmgt])(?:i?b)?$/i.exec(text) ?? [];
        const meant =
          digits === undefined
            ? "Write a number and KiB, MiB, GiB or TiB."
            : `Did you mean "${digits}${letter?.toUpperCase() ?? ""}iB"?`;
        return bad("E_MANIFEST_VALUE", `${quote(text)} is not a size.`, meant);
      }
      const bytes = Math.round(Number(amount) * factor);
      if (bytes >= least && bytes <= 64 * 2 ** 40) return good(bytes);
      return bad(
        "E_MANIFEST_VALUE",
        `The size ${quote(text)} is too ${bytes < least ? "small" : "large"}.`,
        `Use ${formatSize(least)} or more.`,
      );
    },
  };
}

/** Bytes as a manifest would write them, in the largest unit that is exact to one decimal. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of Object.entries(units).toReversed()) {
    if (bytes >= factor && Number.isInteger((bytes / factor) * 10))
      return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
}
