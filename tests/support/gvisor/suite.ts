/** Runs suites of the rung gvisor: a daemon of the tests' own that has the real runsc under our name. */
import { ownFlags, ownRuntime } from "../../../src/backends/docker/gvisor/runtime.ts";
import type { TestDaemon } from "../docker/daemon.ts";
import { withDaemon } from "../docker/suite.ts";
import { buildRunsc } from "./runsc.ts";

/** As `withDaemon`. */
export function withGvisor(): () => TestDaemon {
  return withDaemon({}, async () => {
    const built = await buildRunsc();
    if (!built.ok) return built.why;
    return {
      runtimes: {
        [ownRuntime]: {
          path: built.program,
          runtimeArgs: [...ownFlags],
        },
      },
    };
  });
}
