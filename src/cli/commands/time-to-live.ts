/** A time to live on the command line, written as in the manifest. */
import { timeToLiveHint, timeToLiveSeconds } from "../../manifest/formats/time-to-live-seconds.ts";

/** Seconds. */
export function timeToLiveOf(input: string): number {
  const seconds = timeToLiveSeconds(input);
  if (seconds !== undefined) return seconds;
  throw new Error(timeToLiveHint);
}
