/** Has the tables made of what is looked for in every body: in a pause, and not while a request waits. */
import { createBodyWatch } from "./body-watch.ts";
import type { Limits } from "./limits.ts";
import { createPatternScanner } from "./patterns/find-pattern.ts";

export function warmTables(limits: Limits): void {
  const patterns = createPatternScanner();
  const watch = createBodyWatch({ scanner: undefined, patterns, anyEncoding: false }, [], limits);
  const body = watch?.open(true);
  body?.push(Buffer.of(0));
  body?.end();
}
