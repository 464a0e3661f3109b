/** What a test does where a part it needs is missing, or where its case cannot be on this machine. */
import { spawnSync } from "node:child_process";

/** The part of vitest's test context that is used here. */
interface Skippable {
  readonly skip: (note?: string) => never;
}

/** The reporter (scripts/test/reporter.js) counts skips that begin with this apart. */
const apart = "not applicable: ";

/**
 * Skips the test, printing `missing`, the sentence that says what it lacks; goes on where that is undefined.
 * Under `BOTTLE_REQUIRE=all` a missing part is a failure (DESIGN section 10).
 */
export function need(context: Skippable, missing: string | undefined): void {
  if (missing === undefined) return;
  if (process.env["BOTTLE_REQUIRE"] === "all") throw new Error(`BOTTLE_REQUIRE=all: ${missing}`);
  context.skip(missing);
}

/** Leaves a case out that a capability table, or a committed list, says cannot be here; counted apart, never a failure. */
export function notApplicable(context: Skippable, reason: string): never {
  return context.skip(`${apart}${reason}`);
}

/** For `need`: undefined where every program can be run. */
export function lacksProgram(...names: readonly string[]): string | undefined {
  const missing = names.filter(
    (name) => spawnSync("sh", ["-c", 'command -v "$1"', "sh", name]).status !== 0,
  );
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}
