/** What an engine reads of one request, as it comes: each layer of the body is a text, asked about piece by piece. */
import { gatewayFailed } from "../refusal.ts";
import type { HoldBudget } from "../hold.ts";
import type { EngineDesk } from "./desk.ts";
import { engineBusy } from "./refusals.ts";
import type { Tap } from "./tap.ts";
import { overlap, windows } from "./windows.ts";

export interface Reading extends Tap {
  /** Bytes that were taken until now, of all layers together. */
  readonly taken: number;
  /** Of these, how many the engine has seen and allowed. */
  readonly allowed: number;
  /** A Refusal: nothing more of this request leaves. */
  readonly fault: Error | undefined;
  /** Asks about what was not asked yet, unless it is being asked. `progress` hears how it ended. */
  ask(progress: () => void): void;
  /** Resolves when all that was taken is allowed; rejects with a Refusal. */
  settled(): Promise<void>;
  /** Asks no more. */
  close(): void;
}

interface Layer {
  /** The end of what was asked. */
  before: Buffer;
  pending: Buffer[];
  ended: boolean;
}

const nothing: Buffer = Buffer.alloc(0);

export function openReading(desk: EngineDesk, budget: HoldBudget): Reading {
  let layers: Layer[] = [];
  let room = 0;
  let over = false;
  let asking: Promise<void> | undefined;

  const self: { -readonly [Name in keyof Reading]: Reading[Name] } = {
    taken: 0,
    allowed: 0,
    fault: undefined,
    layer() {
      const layer: Layer = { before: nothing, pending: [], ended: false };
      layers.push(layer);
      const take = (data: Buffer): { out: Buffer; hit: undefined } => {
        // What is let go here waits for the verdict elsewhere: ask-first.ts.
        if (data.length > 0) add(layer, data);
        return { out: data, hit: undefined };
      };
      const last = (data: Buffer): ReturnType<typeof take> => {
        layer.ended = true;
        return take(data);
      };
      return {
        stream: { push: take, last, flush: () => ({ out: nothing, hit: undefined }) },
        hit: () => {
          throw new TypeError("nothing is found here");
        },
      };
    },
    ask(progress) {
      if (asking !== undefined || over || self.fault !== undefined) return;
      if (self.allowed === self.taken) return;
      asking = round().catch((error: unknown) => {
        self.fault = error instanceof Error ? error : gatewayFailed();
      });
      void asking.then(() => {
        asking = undefined;
        progress();
      });
    },
    async settled() {
      while (!over && self.fault === undefined && self.allowed < self.taken) {
        self.ask(() => undefined);
        await asking;
      }
      if (self.fault !== undefined) throw self.fault;
    },
    close() {
      over = true;
      budget.give(room);
      room = 0;
      layers = [];
    },
  };

  const add = (layer: Layer, data: Buffer): void => {
    if (over) return;
    if (!budget.take(data.length)) throw engineBusy(desk.name);
    room += data.length;
    self.taken += data.length;
    layer.pending.push(data);
  };

  const round = async (): Promise<void> => {
    const upTo = self.taken;
    for (const layer of layers) {
      const fresh = layer.pending;
      if (fresh.length === 0) continue;
      layer.pending = [];
      const all = Buffer.concat([layer.before, ...fresh]);
      const size = all.length - layer.before.length;
      for (const text of windows(all, desk.limits.text)) {
        if (over) return;
        await desk.ask({ kind: "text", text });
      }
      layer.before = Buffer.from(all.subarray(-overlap));
      if (over) return;
      budget.give(size);
      room -= size;
    }
    layers = layers.filter(({ ended, pending }) => !ended || pending.length > 0);
    self.allowed = upTo;
  };
  return self;
}
