/**
 * The end that is called, over streams that it has all its life: a caller may be cut off in the middle of any byte, and come again.
 *
 *   {"hello":C,"session":S,"seen":N}  ▶       C: this connection, S: the caller, who alone may come again
 *                                     ◀  {"welcome":C,"program":P,"seen":M}
 *                                     ◀  {"again":C}     what came after was no whole line: say hello once more
 *   {"ping":C}                        ▶       answered by an acknowledgement
 */
import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { End, isNumber } from "./end.ts";
import type { EndEvents } from "./end.ts";
import { createLineCutter, lineOf, valueOf } from "./line.ts";
import type { LineValue } from "./line.ts";

export interface CalleeOptions extends EndEvents {
  readonly input: Readable;
  readonly output: Writable;
  /** Bytes of one line. */
  readonly maxLine: number;
  /** Milliseconds without a word of the caller after which it is taken to be gone for good. */
  readonly ttl: number;
  readonly gone: () => void;
}

export interface Callee extends Disposable {
  send(message: object): number;
  /** Characters of messages that are not acknowledged. */
  readonly held: number;
}

export function openCallee(options: CalleeOptions): Callee {
  const { input, output } = options;
  const end = new End(options);
  const program = randomBytes(16).toString("hex");
  let session: string | undefined;
  let connection: string | undefined;
  let heardAt = performance.now();

  const welcome = (value: LineValue): void => {
    const { hello, session: caller, seen } = value;
    if (typeof hello !== "string" || typeof caller !== "string" || !isNumber(seen)) return;
    session ??= caller;
    if (caller !== session) return;
    heardAt = performance.now();
    end.cut();
    connection = hello;
    // What was begun on another connection ends here.
    output.write(`\n${lineOf({ welcome: hello, program, seen: end.ledger.seen })}`);
    if (!end.connected(output, seen)) connection = undefined;
  };
  const lost = (): void => {
    if (connection === undefined) return;
    output.write(`\n${lineOf({ again: connection })}`);
    connection = undefined;
    end.cut();
  };
  const line = (text: string | undefined): void => {
    const value = text === undefined ? undefined : valueOf(text);
    if (value?.["hello"] !== undefined) return welcome(value);
    if (connection === undefined) return;
    if (value === undefined) return lost();
    if (value["ping"] === undefined) {
      if (!end.hear(value)) return lost();
    } else if (value["ping"] === connection) end.acknowledge();
    heardAt = performance.now();
  };

  const timer = setInterval(
    () => {
      if (performance.now() - heardAt < options.ttl) return;
      clearInterval(timer);
      options.gone();
    },
    Math.max(options.ttl / 8, 10),
  );
  input.on("data", createLineCutter(options.maxLine, line));
  // Whoever keeps them open for callers to come will have none come any more.
  input.once("end", () => options.gone());
  output.on("drain", () => end.drained());
  for (const stream of [input, output]) stream.on("error", () => undefined);

  return {
    send: (message) => end.send(message),
    get held() {
      return end.ledger.held;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
