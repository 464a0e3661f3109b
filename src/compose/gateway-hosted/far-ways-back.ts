/** Connections to the bottle's ports that come back through a gateway beside it; the keys are made here. */
import type { Duplex } from "node:stream";
import { newKey } from "../../ports/way-back.ts";
import type { WayBack } from "../../ports/way-back.ts";
import type { ToProgram } from "./messages.ts";

export interface FarWaysBack extends WayBack {
  /** Somebody brought the key of that stream, or nobody did in time. */
  came(stream: number): void;
  missed(stream: number): void;
}

export interface FarWaysBackOptions {
  readonly send: (message: ToProgram) => void;
  readonly open: (stream: number) => Duplex;
  readonly refuse: (stream: number) => void;
  /** While the gateway is out of reach callers are turned away: they would wait for as long as it is. */
  readonly connected: () => boolean;
}

/** Milliseconds after which a caller is turned away, whatever the gateway says: it has less itself. */
const patience = 20_000;

export function openFarWaysBack(options: FarWaysBackOptions): FarWaysBack {
  const { send, open, refuse, connected } = options;
  const expected = new Map<number, (link: Duplex | undefined) => void>();
  /** 0 is the helper's channel. */
  let last = 0;

  const take = (stream: number, link: (stream: number) => Duplex | undefined): void => {
    const taker = expected.get(stream);
    taker?.(link(stream));
  };

  return {
    expect(came) {
      last += 1;
      const stream = last;
      const key = newKey();
      if (!connected()) {
        const away = setImmediate(() => came(undefined));
        return { key, forget: () => clearImmediate(away) };
      }
      const forget = (): void => {
        clearTimeout(timer);
        if (expected.delete(stream)) send({ type: "forget", stream });
      };
      const timer = setTimeout(() => {
        forget();
        came(undefined);
      }, patience);
      expected.set(stream, (link) => {
        clearTimeout(timer);
        expected.delete(stream);
        came(link);
      });
      send({ type: "expect", stream, key });
      return { key, forget };
    },
    came(stream) {
      if (expected.has(stream)) take(stream, open);
      // Nobody waits any more: its end over there is told.
      else refuse(stream);
    },
    missed: (stream) => take(stream, () => undefined),
    [Symbol.dispose]() {
      for (const stream of expected.keys()) take(stream, () => undefined);
    },
  };
}
