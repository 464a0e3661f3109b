/**
 * Looks at a body for what may not leave, also where it is compressed: by its `Content-Encoding`, in a part of it, and
 * one within the other. What grows beyond the bounds cannot be read, and what cannot be read does not go out.
 */
import { BodyLayer } from "./body-layer.ts";
import type { LayerContext, Watch } from "./body-layer.ts";
import type { Coding } from "./http/coding.ts";
import type { Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";

export interface BodyScan {
  /** What may go out now; throws a Refusal. */
  push(part: Buffer): Buffer;
  /** The rest, with what comes last; throws a Refusal. */
  end(last?: Buffer): Buffer;
}

export interface BodyScanOptions {
  /** From the outermost inwards. */
  readonly codings: readonly Coding[];
  readonly limits: Pick<Limits, "unpacked" | "unpackedRatio" | "unpackedFree">;
  /** Whoever pushes keeps the bytes: nothing is given back. */
  readonly held?: boolean;
  /** Opens what looks at one layer. */
  readonly watches: (packed: boolean) => readonly Watch[];
}

const nothing: Buffer = Buffer.alloc(0);

/** Places at once where something that looks compressed goes on. */
const mostOpen = 32;
/** What goes through all layers at once. */
const sliceSize = 64 * 1024;

export function createBodyScan({ codings, limits, watches, held }: BodyScanOptions): BodyScan {
  let came = 0;
  let went = 0;
  let unpacked = 0;
  let open = 0;
  let queue: Buffer[] = [];

  // No getter: each object would have a hidden class of its own (body-reader.ts).
  const context: { -readonly [Name in keyof LayerContext]: LayerContext[Name] } = {
    watches,
    before: 0,
    unpacked(bytes) {
      unpacked += bytes;
      const { unpackedFree, unpackedRatio } = limits;
      if (unpacked > Math.min(limits.unpacked, unpackedFree + unpackedRatio * came))
        throw unreadable("it unpacks to more than is read");
    },
    opened(count) {
      open += count;
      if (open > mostOpen) throw unreadable("too many parts of it look compressed");
    },
    unreadable(reason) {
      throw unreadable(reason);
    },
  };
  const root = new BodyLayer(context, 0, codings);

  /** The front of the queue, up to that index of the body. */
  const release = (to: number): Buffer => {
    const out: Buffer[] = [];
    while (queue.length > 0 && went < to) {
      const first = queue[0] as Buffer;
      const size = Math.min(first.length, to - went);
      out.push(first.subarray(0, size));
      went += size;
      if (size === first.length) queue.shift();
      else queue[0] = first.subarray(size);
    }
    return out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out);
  };

  const self: BodyScan = {
    push(part) {
      let safe = went;
      for (let at = 0; at < part.length; at += sliceSize) {
        const slice = part.length <= sliceSize ? part : part.subarray(at, at + sliceSize);
        came += slice.length;
        if (held !== true) queue.push(slice);
        root.add(slice);
        safe = root.safe(context.before);
        context.before = came;
      }
      return release(safe);
    },
    end(last = nothing) {
      const before = Math.max(0, last.length - sliceSize);
      const out = before === 0 ? nothing : self.push(last.subarray(0, before));
      const slice = before === 0 ? last : last.subarray(before);
      came += slice.length;
      root.end(slice);
      if (held === true) return nothing;
      const rest = [out, ...queue, slice].filter(({ length }) => length > 0);
      queue = [];
      return rest.length === 1 ? (rest[0] as Buffer) : Buffer.concat(rest);
    },
  };
  return self;
}

/** A body that must be looked at cannot be. */
export function unreadable(reason: string): Refusal {
  return new Refusal("unreadable-body", "The body is compressed in a way that cannot be checked.", {
    reason: `the body cannot be unpacked: ${reason}`,
  });
}
