/** Secrets that were typed at the start: nobody is asked again when the manifest changes. */
import { BottleError } from "../../errors/error.ts";

export type AskSecret = (question: string) => Promise<string>;

/** Both are absent where nobody can answer. They stay in this process's memory, as every secret of the gateway does. */
export function rememberAnswers(ask: AskSecret | undefined): {
  readonly ask: AskSecret | undefined;
  readonly recall: AskSecret | undefined;
} {
  if (ask === undefined) return { ask: undefined, recall: undefined };
  const answers = new Map<string, string>();
  return {
    async ask(question) {
      const answer = await ask(question);
      answers.set(question, answer);
      return answer;
    },
    async recall(question) {
      const answer = answers.get(question);
      if (answer !== undefined) return answer;
      throw new BottleError({
        code: "E_SECRET_MISSING",
        what: `The secret from prompt:${question} was not asked for when the gateway started.`,
        next: "Restart it, or keep the secret elsewhere with env:, file:, command: or keychain:.",
      });
    },
  };
}
