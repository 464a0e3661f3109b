/** Asks an engine for all requests of a gateway: so many questions at once, and nobody waits for ever. */
import type { Engine, EngineQuestion } from "../config.ts";
import { engineDenied, engineUnavailable } from "./refusals.ts";

/** An engine's opinion, as a Refusal or none. */
export interface EngineDesk {
  readonly name: string;
  readonly limits: Engine["limits"];
  readonly readsConversation: boolean;
  /** Rejects with a Refusal. */
  ask(question: EngineQuestion): Promise<void>;
}

/** Questions at once: beyond its cores an engine only makes all of them slower. */
const together = 16;
/** Milliseconds in which a question's turn comes; the engine's own answer is bounded by whoever speaks to it. */
const patienceMs = 15_000;

export function openEngineDesk(engine: Engine | undefined): EngineDesk | undefined {
  if (engine === undefined) return undefined;
  const { name, limits, readsConversation } = engine;
  const waiting: { readonly go: () => void; readonly timer: NodeJS.Timeout }[] = [];
  let free = together;

  const turn = (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(engineUnavailable(name, "too many requests wait for it"));
      }, patienceMs);
      const one = { go: resolve, timer };
      waiting.push(one);
    });
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) {
      free += 1;
      return;
    }
    clearTimeout(next.timer);
    next.go();
  };

  return {
    name,
    limits,
    readsConversation,
    async ask(question) {
      await turn();
      try {
        const verdict = await engine.ask(question).catch((error: unknown) => {
          throw engineUnavailable(name, error instanceof Error ? error.message : "it failed");
        });
        if (!verdict.allowed) throw engineDenied(name, verdict.finding);
      } finally {
        leave();
      }
    },
  };
}
