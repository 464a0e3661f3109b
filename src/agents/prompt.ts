/** The bound of a prompt that goes in an argument. */
import { BottleError } from "../errors/error.ts";

/** Bytes of one argument, with its final zero: MAX_ARG_STRLEN (execve(2)). */
const maxArgument = 128 * 1024 - 1;

export function tooLong(argument: string): boolean {
  return Buffer.byteLength(argument) > maxArgument;
}

export function promptTooLong(agent: string): BottleError {
  return new BottleError({
    code: "E_AGENT_PROMPT",
    what: `The prompt is too long for ${agent}'s command line.`,
    why: `Linux takes ${maxArgument} bytes in one argument.`,
    next: "Put the text into a file of the workspace and let the prompt name it.",
  });
}
