/** The end that calls: over one connection after the other, each of which may end in the middle of any byte. */
import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { End, isNumber } from "./end.ts";
import type { EndEvents } from "./end.ts";
import { createLineCutter, lineOf, valueOf } from "./line.ts";
import type { LineValue } from "./line.ts";

export interface CallerOptions extends EndEvents {
  /** Bytes of one line. */
  readonly maxLine: number;
  /** Milliseconds between two questions whether the other end is there; without a word for three of them it is not. */
  readonly pace: number;
  /** The other end answers, or answers no more; between two connections, and where one had to begin anew. */
  readonly changed?: (connected: boolean) => void;
}

export interface Caller {
  send(message: object): number;
  readonly held: number;
  /** The other end answers on the connection that is served now. */
  readonly connected: boolean;
  /** When it was heard last, by performance.now(). */
  readonly heardAt: number;
  /** Resolves when the connection is over. `stranger`: another process answers there, and there is nothing to go on with. */
  serve(stream: Duplex): Promise<"cut" | "stranger">;
}

/** Hellos on one connection: what is left of older ones may come in between. */
const tries = 20;

export function createCaller(options: CallerOptions): Caller {
  const end = new End(options);
  const session = randomBytes(16).toString("hex");
  let program: unknown;
  let connected = false;
  let heardAt = performance.now();

  return {
    send: (message) => end.send(message),
    get held() {
      return end.ledger.held;
    },
    get connected() {
      return connected;
    },
    get heardAt() {
      return heardAt;
    },
    serve(stream) {
      let connection = "";
      let hellos = 0;
      let lineAt = performance.now();
      let answer: "cut" | "stranger" = "cut";

      const deaf = (): void => {
        end.cut();
        if (!connected) return;
        connected = false;
        options.changed?.(false);
      };
      const hello = (): void => {
        deaf();
        hellos += 1;
        if (hellos > tries) return void stream.destroy();
        connection = randomBytes(8).toString("hex");
        stream.write(`\n${lineOf({ hello: connection, session, seen: end.ledger.seen })}`);
      };
      const welcomed = ({ program: who, seen }: LineValue): void => {
        program ??= who;
        if (who !== program || !isNumber(seen)) answer = "stranger";
        else if (end.connected(stream, seen)) {
          heardAt = performance.now();
          connected = true;
          options.changed?.(true);
          return;
        }
        stream.destroy();
      };
      const line = (text: string | undefined): void => {
        if (stream.destroyed) return;
        const value = text === undefined ? undefined : valueOf(text);
        if (value !== undefined) lineAt = performance.now();
        if (connected) heardAt = lineAt;
        if (value?.["welcome"] === connection) return welcomed(value);
        if (value?.["again"] === connection) return hello();
        if (connected && (value === undefined || !end.hear(value))) hello();
      };

      const timer = setInterval(() => {
        if (performance.now() - lineAt > 3 * options.pace) stream.destroy();
        else if (connected) stream.write(lineOf({ ping: connection }));
      }, options.pace);
      stream.on("data", createLineCutter(options.maxLine, line));
      stream.on("drain", () => {
        if (connected) end.drained();
      });
      return new Promise((resolve) => {
        const over = (): void => {
          clearInterval(timer);
          deaf();
          stream.destroy();
          resolve(answer);
        };
        stream.on("error", () => undefined);
        stream.once("end", over);
        stream.once("close", over);
        if (stream.destroyed) over();
        else hello();
      });
    },
  };
}
