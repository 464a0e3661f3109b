/** Questions on the user's terminal. */
import { createInterface } from "node:readline/promises";
import { escapeText } from "../terminal/print.ts";
import type { CliContext } from "./context.ts";

/** y/N; anything but yes is no. */
export async function confirm(context: CliContext, question: string): Promise<boolean> {
  const answer = await askQuestion(context, `${question} [y/N]`);
  return /^y(es)?$/i.test(answer.trim());
}

/** One line from the terminal; an ended input is an empty answer. */
export async function askQuestion(context: CliContext, question: string): Promise<string> {
  const lines = createInterface({ input: context.process.stdin, output: context.process.stdout });
  try {
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    return await Promise.race([lines.question(`${escapeText(question)} `), ended]);
  } finally {
    lines.close();
  }
}
