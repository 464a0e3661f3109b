/** A line from the terminal that nobody sees: not on the screen, not in a scrollback, not in a history. */
import { BottleError } from "../errors/error.ts";
import { escapeText } from "../terminal/print.ts";
import type { CliStreams } from "./context.ts";

/** As long as a secret may be, and some more for mistakes. */
const maxLength = 16 * 1024;

/** The terminal is raw while it waits, so that the kernel echoes nothing (termios(3)); Ctrl-C and an ended input are no answer. */
export async function askSecret({ stdin, stdout }: CliStreams, question: string): Promise<string> {
  stdout.write(`${escapeText(question)} (not shown): `);
  stdin.setRawMode(true);
  try {
    return await readLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdout.write("\n");
  }
}

function readLine(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let line: string[] = [];
    const decoder = new TextDecoder();
    const done = (settle: () => void): void => {
      stdin.off("data", take);
      stdin.off("end", none);
      // At once, or what is put back would flow away unread.
      stdin.pause();
      settle();
    };
    const none = (): void => done(() => reject(unanswered()));
    const take = (data: Buffer): void => {
      const characters = Array.from(decoder.decode(data, { stream: true }));
      for (const [index, character] of characters.entries()) {
        if (character === "\r" || character === "\n") {
          const rest = characters.slice(index + 1).join("");
          // What was pasted after the line answers the next question.
          done(() => resolve(line.join("")));
          if (rest !== "") stdin.unshift(Buffer.from(rest));
          return;
        }
        // Ctrl-C; Ctrl-D where nothing is typed.
        if (character === "\x03" || (character === "\x04" && line.length === 0)) return none();
        if (character === "\x7f" || character === "\b") line.pop();
        else if (character === "\x15") line = [];
        else if (line.length < maxLength) line.push(character);
      }
    };
    stdin.on("data", take);
    stdin.once("end", none);
    stdin.resume();
  });
}

function unanswered(): BottleError {
  return new BottleError({
    code: "E_SECRET_MISSING",
    what: "The question for a secret was not answered; nothing was started.",
  });
}
