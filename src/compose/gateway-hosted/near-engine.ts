/** Answers a hosted gateway's questions to the engine, which runs here. */
import type { Engine } from "../../gateway/config.ts";
import type { FromProgram, ToProgram } from "./messages.ts";

/** Questions at once: the gateway there asks no more, and whoever does is none. */
const most = 64;

/** One listener for each connection's life; it never throws. */
export function answerQuestions(
  engine: () => Engine | undefined,
  send: (message: ToProgram) => void,
): (message: Extract<FromProgram, { type: "ask" }>) => void {
  let open = 0;
  return ({ id, question }) => {
    const asked = engine();
    const none = (why: string): void => send({ type: "verdict", id, verdict: null, why });
    if (asked === undefined) return none("there is no engine");
    if (open >= most) return none("it asks too much at once");
    open += 1;
    asked
      .ask(question)
      .then(
        (verdict) => send({ type: "verdict", id, verdict, why: "" }),
        (error: unknown) => none(error instanceof Error ? error.message : "it failed"),
      )
      .finally(() => {
        open -= 1;
      });
  };
}
