/** Looks into one piece of a body that its judge has unpacked, as the gateway looks into a whole one. */
import { createBodyScan } from "./body-scan.ts";
import type { Watch } from "./body-layer.ts";
import type { Looks } from "./body-watch.ts";
import type { Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import type { Scanner } from "./scan.ts";

/** Ends the search. */
class Found extends Error {
  readonly what: string;

  constructor(what: string) {
    super("found");
    this.what = what;
  }
}

/** The name of what may not leave: a value, a token, or what is compressed so that nobody can tell. */
export function findWithin(
  data: Buffer,
  { scanner, patterns, anyEncoding, tap }: Looks,
  limits: Pick<Limits, "unpacked" | "unpackedRatio" | "unpackedFree">,
): string | undefined {
  const watches = (): readonly Watch[] => [
    ...watch(scanner),
    ...watch(patterns),
    ...(tap === undefined ? [] : [tap.layer()]),
  ];
  try {
    const scan = createBodyScan({ codings: [], limits, watches, held: true });
    scan.end(data);
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.what;
    if (!(error instanceof Refusal)) throw error;
    return anyEncoding ? undefined : "something compressed that cannot be checked";
  }
}

function watch(scanner: Scanner | undefined): readonly Watch[] {
  if (scanner === undefined) return [];
  return [
    {
      stream: scanner.stream(),
      hit: (what) => {
        throw new Found(what);
      },
    },
  ];
}
