/** The work of a bottle on another machine: there before the agent starts, and back in the record while it runs and when it has ended. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import type { Backend, CarriedFiles } from "../backend.ts";

/** In the record while there may be work on the other machine that the record has not. */
export const awayFile = "away";

/** Milliseconds between two looks whether something is to be brought back: a machine that is lost takes no more with it. */
const pace = 180_000;

/** How often work is asked for at the end: connections are cut, and made again. */
const tries = 3;

/** Before a bottle goes on: what a launch left on the other machine whose agent never ran is nobody's work, and in the way. */
export async function clearUnused(
  { capabilities, discard }: Pick<Backend, "capabilities" | "discard">,
  id: string,
  recordDir: string,
): Promise<void> {
  if (capabilities.files !== "carried" || existsSync(join(recordDir, awayFile))) return;
  await discard?.(id);
}

export interface CarriedWorkOptions {
  readonly files: CarriedFiles;
  readonly recordDir: string;
  /** Tells of what did not work and stops nothing. */
  readonly trouble: (what: string, cause: unknown) => void;
}

export class CarriedWork {
  readonly #options: CarriedWorkOptions;
  #away = false;
  #ended = false;
  #last: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CarriedWorkOptions) {
    this.#options = options;
  }

  carryIn(): Promise<void> {
    return this.#options.files.carryIn();
  }

  /** Before the agent starts: from now on what is there counts. `busy`: whether anything was done since it was asked last. */
  async begin(busy: () => boolean): Promise<void> {
    await writeFile(join(this.#options.recordDir, awayFile), "", { mode: 0o600 });
    this.#away = true;
    this.#timer = setInterval(() => {
      if (busy()) this.sync().catch((cause: unknown) => this.#options.trouble("bring work", cause));
    }, pace);
    this.#timer.unref();
  }

  /** The record has what is there now; one at a time. */
  sync(): Promise<void> {
    if (!this.#away || this.#ended) return Promise.resolve();
    const { files } = this.#options;
    const next = this.#last.catch(() => undefined).then(() => files.carryOut());
    this.#last = next;
    next.catch(() => undefined);
    return next;
  }

  /** When the bottle has ended: its work comes back, and nothing of it stays there. What does not come stays there, and is told. */
  async end(): Promise<void> {
    if (this.#ended) return;
    clearInterval(this.#timer);
    for (let left = tries; ; left -= 1) {
      try {
        await this.sync();
        break;
      } catch (error) {
        if (left > 1) continue;
        this.#ended = true;
        throw error;
      }
    }
    this.#ended = true;
    if (this.#away) await rm(join(this.#options.recordDir, awayFile), { force: true });
    await this.#options.files.remove();
  }
}

/** The agent has ended, its work is safe, and is not here. */
export function stillAway(id: string, cause: unknown): BottleError {
  if (cause instanceof BottleError && cause.code !== "E_DOCKER") return cause;
  return new BottleError({
    code: "E_CARRY_OUT",
    what: `The work of ${id} could not be carried back from its machine.`,
    why: cause instanceof Error ? cause.message : String(cause),
    next: `It is kept there: try again with \`bottle diff ${id}\`.`,
    cause,
  });
}
