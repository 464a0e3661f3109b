/** `prompt:QUESTION`: a secret that the owner types at the start, for this one bottle. */
import { BottleError } from "../../errors/error.ts";
import { checkSecret } from "./value.ts";

/** `ask` is absent where nobody can answer; it never waits for an answer nobody can give. */
export async function readPromptSecret(
  question: string,
  ask: ((question: string) => Promise<string>) | undefined,
): Promise<string> {
  if (ask !== undefined) return checkSecret(await ask(question), `prompt:${question}`);
  throw new BottleError({
    code: "E_SECRET_MISSING",
    what: `The secret from prompt:${question} is asked for at the start, and nobody can answer here.`,
    next: "Start it on a terminal, or keep the secret elsewhere with env:, file:, command: or keychain:.",
  });
}
