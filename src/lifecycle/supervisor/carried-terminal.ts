/** A terminal that is in the bottle and comes out as streams: the same to the supervisor as one of its own. */
import type { BottleTerminal } from "../backend.ts";
import type { TerminalHandle } from "./deps.ts";

export function carriedTerminal(terminal: BottleTerminal): TerminalHandle {
  const { input, output } = terminal;
  const closed = new Promise<void>((resolve) => {
    output.once("end", resolve);
    output.once("close", resolve);
  });
  for (const stream of [input, output]) stream.on("error", () => undefined);
  return {
    write: (data) => void input.write(data),
    onData: (listener) => void output.on("data", listener),
    pause: () => void output.pause(),
    resume: () => void output.resume(),
    resize: (columns, rows) => terminal.resize(columns, rows),
    // What is in it stays readable; the backend ends it with the bottle.
    close: () => void input.destroy(),
    closed,
  };
}
