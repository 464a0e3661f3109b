/** A span of time as a person writes it: `90s`, `10m`, `2h`. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const least = 30_000;
const most = 24 * 3_600_000;

/** Milliseconds, from 30 seconds to a day. */
export const durationFormat: Format<number> = {
  name: "a time such as 10m",
  json: { pattern: "^[1-9][0-9]{0,4}[smh]$" },
  parse(text) {
    const [, count = "", unit = ""] = /^([1-9]\d{0,4})([smh])$/.exec(text) ?? [];
    const ms = Number(count) * (units[unit] ?? 0);
    return ms >= least && ms <= most
      ? good(ms)
      : bad(
          "E_MANIFEST_VALUE",
          `${quote(text)} is no time from 30s to 24h.`,
          "Write a number and s, m or h, such as 10m.",
        );
  },
};
