/** The moment that counts: the first question at the model. */
import type { ScriptedModel } from "../../src/demo/model/server.ts";
import { clock } from "../clock.ts";

/** Milliseconds until the model gets its first POST; waits for the end of the run. */
export async function untilFirstRequest(
  model: ScriptedModel,
  run: () => Promise<void>,
): Promise<number> {
  const before = model.requests.length;
  const begun = clock();
  await run();
  const first = model.requests.slice(before).find((request) => request.method === "POST");
  if (first === undefined) throw new Error("the agent never asked the model");
  return first.at - begun;
}
