/** Questions on the user's terminal. */
import { createInterface } from "node:readline/promises";
import { escapeText } from "../terminal/print.ts";
import type { CliContext } from "./context.ts";
import { hasColour } from "./style.ts";

/** y/N; anything but yes is no. */
export async function confirm(context: CliContext, question: string): Promise<boolean> {
  const answer = await askQuestion(context, `${question} [y/N]`);
  return /^y(es)?$/i.test(answer.trim());
}

/** One line from the terminal; an ended input is an empty answer. */
export async function askQuestion(context: CliContext, question: string): Promise<string> {
  const { stdin, stdout } = context.process;
  // Where escapes are not wanted, the line is edited by the kernel (termios(3), canonical mode) and not with escapes.
  const plain = hasColour(stdout, context.env) ? {} : { terminal: false };
  const lines = createInterface({ input: stdin, output: stdout, ...plain });
  try {
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    return await Promise.race([lines.question(`${escapeText(question)} `), ended]);
  } finally {
    lines.close();
  }
}

/** For `ask` and `askSecret` of a launch: both absent where there is no terminal to ask on. */
export function questionsOf(context: CliContext): {
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
} {
  const { stdin, stdout } = context.process;
  if (!stdin.isTTY || !stdout.isTTY) return { ask: undefined, askSecret: undefined };
  return {
    ask: (question) => askQuestion(context, question),
    askSecret: async (question) =>
      (await import("./ask-secret.ts")).askSecret(context.process, question),
  };
}
