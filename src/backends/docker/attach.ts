/** The standard streams of a container, and the size of its terminal. */
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "./engine/engine.ts";

/** How often a new terminal is told its size, and the milliseconds between. */
const sizeTries = 5;
const sizePace = 50;

/**
 * Bytes that would detach from the container: the daemon looks for them in what is typed. 0xff is in no UTF-8 text, and the rest
 * follows on it nowhere.
 */
const detachKeys = "%FF,%FE,%FF,%FE,%FF,%FE,%FF,%FE";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** `logs`: begins with what the daemon wrote down. */
export function attach(engine: Engine, container: string, logs: boolean = false): Promise<Duplex> {
  const query = `stream=1&stdin=1&stdout=1&stderr=1${logs ? "&logs=1" : ""}&detachKeys=${detachKeys}`;
  return engine.hijack(`/containers/${container}/attach?${query}`);
}

/** A terminal that was made just now may not take a size yet; without one, the next that the client tells will do. */
export async function firstSize(
  engine: Engine,
  container: string,
  size: TerminalSize,
): Promise<void> {
  for (let tries = 0; tries < sizeTries; tries += 1) {
    try {
      return await resize(engine, container, size);
    } catch {
      await sleep(sizePace);
    }
  }
}

export async function resize(
  engine: Engine,
  container: string,
  { columns, rows }: TerminalSize,
): Promise<void> {
  const query = { w: String(columns), h: String(rows) };
  await engine.call("POST", `/containers/${container}/resize`, { query });
}
