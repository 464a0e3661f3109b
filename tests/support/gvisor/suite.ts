/** Runs suites of the rung gvisor: a daemon of the tests' own that has the real runsc under our names. */
import type { DaemonOptions, TestDaemon } from "../docker/daemon.ts";
import { withDaemon } from "../docker/suite.ts";
import { buildRunsc, underOurNames } from "./runsc.ts";

/** As `withDaemon`. */
export function withGvisor(options: DaemonOptions = {}): () => TestDaemon {
  return withDaemon(options, async () => {
    const built = await buildRunsc();
    return built.ok ? { runtimes: underOurNames(built.program) } : built.why;
  });
}
