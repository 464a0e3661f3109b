/** What is said about a wrong command line: as every other error, with a code and what to do next. */
import { text_en } from "@stricli/core";
import type { ApplicationText } from "@stricli/core";
import { escapeText } from "../terminal/print.ts";

/** Stricli's words in the form of report.ts, which is not loaded here: `--help` must start at once. */
function usage(what: string): string {
  const sentence = /[.?]$/.test(what) ? what : `${what}.`;
  return `error E_USAGE: ${escapeText(sentence)}\n  next: See \`bottle --help\`, or --help after a command.`;
}

/** Flags that are proposed, as the help writes them: `--dry-run` for the table's own `--dryRun`. */
function asTyped(message: string): string {
  return message.replace(/(?<=, did you mean .*)--\w+/gs, (flag) =>
    flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  );
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
    usage(asTyped(text_en.exceptionWhileParsingArguments(error, ansiColor))),
};
