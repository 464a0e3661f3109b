/** What is said about a wrong command line: as every other error, with a code and what to do next. */
import { text_en } from "@stricli/core";
import type { ApplicationText } from "@stricli/core";
import { escapeText } from "../terminal/print.ts";

/** Stricli's words in the form of report.ts, which is not loaded here: `--help` must start at once. */
function usage(what: string): string {
  const sentence = /[.?]$/.test(what) ? what : `${what}.`;
  return `error E_USAGE: ${escapeText(sentence)}\n  next: See \`bottle --help\`, or --help after a command.`;
}

export const text: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput: ({ input, corrections }) =>
    usage(
      corrections.length === 0
        ? `There is no command "${input}"`
        : `There is no command "${input}"; did you mean ${corrections.join(" or ")}?`,
    ),
  exceptionWhileParsingArguments: (error, ansiColor) =>
    usage(text_en.exceptionWhileParsingArguments(error, ansiColor)),
};
