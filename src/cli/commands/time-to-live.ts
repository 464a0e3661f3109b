/** A time to live on the command line, written as in the manifest. */
import { timeToLiveFormat } from "../../manifest/formats/time-to-live.ts";

/** Seconds. */
export function timeToLiveOf(input: string): number {
  const parsed = timeToLiveFormat.parse(input);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.problem.next ?? parsed.problem.what);
}
