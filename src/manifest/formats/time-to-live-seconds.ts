/** What a time to live says, for the manifest and for the command line, whose help shall load no more than this. */

/** In seconds. */
export const units = { m: 60, h: 3600, d: 86_400 } as const;
/** Seconds: a machine or a bottle that outlives a month is nobody's. */
const maxSeconds: number = 31 * units.d;

export const timeToLiveHint: string = "Write a time of at most 31 days, like 30m, 8h or 2d.";

/** Seconds of `30m`, `8h` or `2d`; undefined for anything else. */
export function timeToLiveSeconds(text: string): number | undefined {
  const [, digits, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * units[(unit ?? "m") as keyof typeof units];
  return digits !== undefined && seconds <= maxSeconds ? seconds : undefined;
}
