/** Runs suites of the rung gvisor: a daemon of the tests' own that has the real runsc under our names. */
import { ownRuntimes } from "../../../src/backends/docker/gvisor/runtime.ts";
import type { DaemonOptions, TestDaemon, TestRuntime } from "../docker/daemon.ts";
import { withDaemon } from "../docker/suite.ts";
import { buildRunsc } from "./runsc.ts";

/** A program under our names. */
export function underOurNames(path: string): Readonly<Record<string, TestRuntime>> {
  return Object.fromEntries(
    ownRuntimes.map(({ name, flags }) => [name, { path, runtimeArgs: flags }]),
  );
}

/** As `withDaemon`. */
export function withGvisor(options: DaemonOptions = {}): () => TestDaemon {
  return withDaemon(options, async () => {
    const built = await buildRunsc();
    return built.ok ? { runtimes: underOurNames(built.program) } : built.why;
  });
}
