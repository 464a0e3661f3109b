/** How long something may go on by itself: `30m`, `8h`, `2d`. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";
import { timeToLiveHint, timeToLiveSeconds, units } from "./time-to-live-seconds.ts";

/** Seconds: a night. */
export const defaultTimeToLive: number = 8 * units.h;

/** Seconds. */
export const timeToLiveFormat: Format<number> = {
  name: "a time",
  json: { pattern: "^[1-9][0-9]{0,4}[mhd]$" },
  parse(text) {
    const seconds = timeToLiveSeconds(text);
    return seconds === undefined
      ? bad("E_MANIFEST_VALUE", `${quote(text)} is no time.`, timeToLiveHint)
      : good(seconds);
  },
};

/** As short as it can be written. */
export function formatTimeToLive(seconds: number): string {
  for (const unit of ["d", "h"] as const)
    if (seconds % units[unit] === 0) return `${seconds / units[unit]}${unit}`;
  return `${Math.ceil(seconds / units.m)}m`;
}
