/** Looks at a request's body for what may not leave, as its head says that it is encoded. */
import { brotliDecompressSync } from "node:zlib";
import { createBodyScan, unreadable } from "./body-scan.ts";
import type { BodyScan } from "./body-scan.ts";
import type { Watch } from "./body-layer.ts";
import type { Codings } from "./http/coding.ts";
import type { Limits } from "./limits.ts";
import { blockedPattern, blockedValue } from "./blocked.ts";
import type { Scanner } from "./scan.ts";
import type { Tap } from "./engine/tap.ts";

/** What may not go to a host, and whether what cannot be read may. */
export interface Looks {
  /** For values; undefined where there are none. */
  readonly scanner: Scanner | undefined;
  /** For tokens of known services; undefined where the owner or the service wants none of it. */
  readonly patterns: Scanner | undefined;
  readonly anyEncoding: boolean;
  /** Hands what is read on to an engine; undefined where nobody else has a say. */
  readonly tap?: Tap | undefined;
}

export interface BodyWatch {
  /** It can be read only whole: it must be held. */
  readonly whole: boolean;
  /** `held`: whoever asks keeps the bytes. Throws a Refusal where the encoding cannot be read. */
  open(held: boolean): BodyScan;
}

/** Undefined where there is nothing to look for. */
export function createBodyWatch(
  looks: Looks,
  codings: Codings,
  limits: Pick<Limits, "held" | "unpacked" | "unpackedRatio" | "unpackedFree">,
): BodyWatch | undefined {
  const { scanner, patterns, anyEncoding, tap } = looks;
  if (scanner === undefined && patterns === undefined && tap === undefined) return undefined;
  if (codings === "unknown" && !anyEncoding) throw unreadable("its encoding is not known");
  const watches = (packed: boolean): readonly Watch[] => [
    ...watch(scanner, (name) => blockedValue(name, "body")),
    ...watch(patterns, (name) => blockedPattern(name, "body")),
    ...(tap === undefined || packed ? [] : [tap.layer()]),
  ];
  const whole = codings === "br";
  return {
    whole,
    open(held) {
      if (whole && !held) throw unreadable("it is too long to be unpacked whole");
      const outer = typeof codings === "string" ? [] : codings;
      const scan = createBodyScan({
        codings: outer,
        limits,
        watches: (packed) => watches(packed || whole),
        held,
      });
      return whole ? brotliFirst(scan, () => openInner(watches, limits), limits) : scan;
    },
  };
}

function openInner(
  watches: (packed: boolean) => readonly Watch[],
  limits: Parameters<typeof createBodyWatch>[2],
): BodyScan {
  return createBodyScan({ codings: [], limits, watches, held: true });
}

/** Brotli (RFC 7932) is unpacked by the engine, at once: it is rare, and no more than the bound comes of it. */
function brotliFirst(
  outer: BodyScan,
  open: () => BodyScan,
  { held, unpackedRatio }: Pick<Limits, "held" | "unpackedRatio">,
): BodyScan {
  const parts: Buffer[] = [];
  return {
    push(part) {
      parts.push(Buffer.from(part));
      return outer.push(part);
    },
    end(last) {
      if (last !== undefined) parts.push(Buffer.from(last));
      const rest = outer.end(last);
      const packed = Buffer.concat(parts);
      const inner = open();
      inner.push(unbrotli(packed, Math.min(4 * held, unpackedRatio * packed.length + 1024)));
      inner.end();
      return rest;
    },
  };
}

function unbrotli(packed: Buffer, most: number): Buffer {
  try {
    return brotliDecompressSync(packed, { maxOutputLength: most });
  } catch {
    throw unreadable("it is not what it says, or unpacks to more than is read");
  }
}

function watch(scanner: Scanner | undefined, refusal: (name: string) => Error): readonly Watch[] {
  if (scanner === undefined) return [];
  const hit = (name: string): never => {
    throw refusal(name);
  };
  return [{ stream: scanner.stream(), hit }];
}
