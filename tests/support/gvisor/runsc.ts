/** gVisor's runsc, as the Go toolchain builds it from the commits that its project keeps for that. */
import { ownRuntimes } from "../../../src/backends/docker/gvisor/runtime.ts";
import type { TestRuntime } from "../docker/daemon.ts";
import { buildGo } from "../go.ts";
import type { Built, GoProgram } from "../go.ts";

/**
 * The last commit that we know of whose runsc runs alone. Those of August 2026 start a second program, gvisor-bin/gvisor_sentry
 * beside it, whose source is not in what the Go toolchain is given (gvisor issue 13718).
 */
const version = "v0.0.0-20260701204157-69c2d17aea96";

const runsc: GoProgram = {
  name: `runsc-${version.split("-").at(-1) ?? version}`,
  from: { module: "gvisor.dev/gvisor", version },
  main: "runsc",
  flags: ["-ldflags=-s -w"],
  pure: true,
};

/** Built in half a minute to a minute where no run before has done so. */
export function buildRunsc(): Promise<Built> {
  return buildGo(runsc);
}

/** A program under our names. */
export function underOurNames(path: string): Readonly<Record<string, TestRuntime>> {
  return Object.fromEntries(
    ownRuntimes.map(({ name, flags }) => [name, { path, runtimeArgs: flags }]),
  );
}
