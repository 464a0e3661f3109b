/** The look from outside at the demo's bottle: while its agent lives, and after. On this machine: at its processes and files. */
import type { Process } from "../host/process.ts";
import type { ShownCheck } from "./check.ts";
import { processesOf, readTrace, searchBottle } from "./outside.ts";
import { leftoverCheck, notReached } from "./results.ts";
import type { Verdict } from "./scenario.ts";

export interface Watch {
  /** When all its processes live. */
  look(id: string, stage: { readonly stateHome: string; readonly token: string }): Promise<void>;
  /** What was seen then; not reached if nobody looked. */
  search(): ShownCheck;
  /** Asked when the bottle has ended. */
  left(): Promise<ShownCheck>;
}

export function watchHere(): Watch {
  let found: Verdict | undefined;
  let processes: readonly Process[] = [];
  return {
    async look(id, { stateHome, token }) {
      const trace = await readTrace(stateHome, id);
      if (trace === undefined) return;
      processes = processesOf(trace);
      found = await searchBottle(trace.record, processes, token);
    },
    search: () => ({
      name: "secret-search",
      part: "attack",
      tried: "(searched from outside) hold the token in memory or a file",
      ...(found ?? notReached),
    }),
    left: () => Promise.resolve(leftoverCheck(processes)),
  };
}
