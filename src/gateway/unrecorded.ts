/** A request that cannot be written down is not answered: while what happened waits for its reader, nothing new is judged. */
import type { Pipeline } from "./pipeline.ts";
import { Refusal } from "./refusal.ts";

/** For who keeps the log: these refusals would fill what is full. */
export const recordBehind: string = "record-behind";

/** The same rules, under which no request passes. */
export function refusingAll(pipeline: Pipeline): Pipeline {
  return { ...pipeline, judgeTunnel: refuse, judgeRequest: refuse };
}

function refuse(): never {
  throw new Refusal(
    "record-behind",
    "What the gateway did cannot be written down now: ask later.",
    {
      status: 503,
    },
  );
}
