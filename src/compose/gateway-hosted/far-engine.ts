/** The engine as a hosted gateway has it: it runs beside the supervisor, and its questions go there. */
import type { Engine, EngineVerdict } from "../../gateway/config.ts";
import type { FromProgram, Material, ToProgram } from "./messages.ts";

export interface FarEngine {
  readonly engine: Engine;
  hear(message: Extract<ToProgram, { type: "verdict" }>): void;
}

export interface FarEngineOptions {
  readonly told: NonNullable<Material["engine"]>;
  readonly send: (message: FromProgram) => void;
  /** Characters that the supervisor has not heard yet: cut off, it would hear them too late. */
  readonly unheard: () => number;
}

/** Bytes of one text: what JSON makes of them is a line that the supervisor reads. */
export const farTextLimit: number = 32 * 1024;
/** Milliseconds for a question, there and back. */
const patience = 15_000;
const mostUnheard = 4 * 1024 * 1024;

interface Asked {
  readonly answer: (verdict: EngineVerdict) => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export function createFarEngine({ told, send, unheard }: FarEngineOptions): FarEngine {
  const asked = new Map<number, Asked>();
  let count = 0;
  const take = (id: number): Asked | undefined => {
    const one = asked.get(id);
    asked.delete(id);
    clearTimeout(one?.timer);
    return one;
  };
  return {
    engine: {
      ...told,
      limits: { url: 8192, text: farTextLimit },
      ask: (question) =>
        new Promise((answer, fail) => {
          if (unheard() > mostUnheard) return fail(new Error("the supervisor is out of reach"));
          const id = (count += 1);
          const late = (): void => take(id)?.fail(new Error("no verdict in time"));
          asked.set(id, { answer, fail, timer: setTimeout(late, patience) });
          send({ type: "ask", id, question });
        }),
    },
    hear({ id, verdict, why }) {
      const one = take(id);
      if (verdict === null) one?.fail(new Error(why));
      else one?.answer(verdict);
    },
  };
}
