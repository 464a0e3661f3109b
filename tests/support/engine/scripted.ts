/** An engine that says what the test wants, and remembers what it was asked. */
import type { Engine, EngineQuestion, EngineVerdict } from "../../../src/gateway/config.ts";

export interface ScriptedEngine extends Engine {
  readonly asked: EngineQuestion[];
  urls(): readonly string[];
  /** All texts, one after the other. */
  texts(): readonly string[];
}

type Answer = EngineVerdict | Promise<EngineVerdict>;

/** Allows everything unless told otherwise. */
export function scriptedEngine(
  answer: (question: EngineQuestion) => Answer = () => ({ allowed: true }),
  more: Partial<Pick<Engine, "limits" | "readsConversation">> = {},
): ScriptedEngine {
  const asked: EngineQuestion[] = [];
  return {
    name: "scripted",
    limits: { url: 8192, text: 64 * 1024 },
    readsConversation: false,
    ...more,
    asked,
    urls: () => asked.flatMap((one) => (one.kind === "url" ? [one.url] : [])),
    texts: () => asked.flatMap((one) => (one.kind === "text" ? [one.text] : [])),
    async ask(question) {
      asked.push(question);
      return answer(question);
    },
  };
}

/** Denies what holds the word. */
export function denying(
  word: string,
  more: Parameters<typeof scriptedEngine>[1] = {},
): ScriptedEngine {
  return scriptedEngine(
    (question) =>
      (question.kind === "url" ? question.url : question.text).includes(word)
        ? { allowed: false, finding: "DLP-Word (high)" }
        : { allowed: true },
    more,
  );
}
