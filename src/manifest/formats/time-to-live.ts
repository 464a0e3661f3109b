/** How long something may go on by itself: `30m`, `8h`, `2d`. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

const units = { m: 60, h: 3600, d: 86_400 } as const;
/** Seconds: a machine or a bottle that outlives a month is nobody's. */
const maxSeconds: number = 31 * units.d;

/** Seconds: a night. */
export const defaultTimeToLive: number = 8 * units.h;

/** Seconds. */
export const timeToLiveFormat: Format<number> = {
  name: "a time",
  json: { pattern: "^[1-9][0-9]{0,4}[mhd]$" },
  parse(text) {
    const [, digits, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(text) ?? [];
    const seconds = Number(digits) * units[(unit ?? "m") as keyof typeof units];
    return digits !== undefined && seconds <= maxSeconds
      ? good(seconds)
      : bad(
          "E_MANIFEST_VALUE",
          `${quote(text)} is no time.`,
          "Write a time of at most 31 days, like 30m, 8h or 2d.",
        );
  },
};

/** As short as it can be written. */
export function formatTimeToLive(seconds: number): string {
  for (const unit of ["d", "h"] as const)
    if (seconds % units[unit] === 0) return `${seconds / units[unit]}${unit}`;
  return `${Math.ceil(seconds / units.m)}m`;
}
