/**
 * Secrets that change while a bottle runs: when their sources are read anew. Once at a time for each, never more often than
 * every 30 seconds, and what cannot be read leaves the old value in force. What to do with a value is its owner's affair.
 */

/** Milliseconds between two reads of one source: whoever makes a service say 401 must not make a program run for each. */
const leastMs = 30_000;

export interface RotatingSecret {
  /** Milliseconds; undefined: only when the service refuses the secret. */
  readonly refreshMs: number | undefined;
  read(): Promise<string>;
  readonly value: string;
}

export interface RotationOptions {
  /** Those whose sources can be read again without their owner; undefined for others. */
  readonly secrets: readonly (RotatingSecret | undefined)[];
  /** A new value, once; what it throws leaves the old one in force, and it is tried again with the next read. */
  readonly changed: (index: number, value: string) => void;
  readonly failed: (index: number, error: unknown) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

export interface Rotation extends Disposable {
  /** The service did not take the secret. Resolves when its source was read, or need not be. */
  refused(index: number): Promise<void>;
}

export function createRotation({ secrets, changed, failed, now }: RotationOptions): Rotation {
  let over = false;
  const states = secrets.map((secret, index) => {
    if (secret === undefined) return undefined;
    let { value } = secret;
    /** The start read it just now, but a service may have another mind already. */
    let readAt = -Infinity;
    let reading: Promise<void> | undefined;
    const take = async (): Promise<void> => {
      try {
        const found = await secret.read();
        if (over || found === value) return;
        changed(index, found);
        value = found;
      } catch (error) {
        if (!over) failed(index, error);
      }
    };
    const read = (): Promise<void> => {
      if (over || (reading === undefined && now() - readAt < leastMs)) return Promise.resolve();
      if (reading === undefined) {
        readAt = now();
        reading = take().finally(() => (reading = undefined));
      }
      return reading;
    };
    const timer =
      secret.refreshMs === undefined
        ? undefined
        : setInterval(() => void read(), Math.max(secret.refreshMs, leastMs)).unref();
    return { read, stop: () => clearInterval(timer) };
  });
  return {
    refused: async (index) => states[index]?.read(),
    [Symbol.dispose]() {
      over = true;
      for (const state of states) state?.stop();
    },
  };
}
