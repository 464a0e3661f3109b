/** Kata in the place of runc: under the name that the daemon has for it, with its guest told to filter system calls. */
import { BottleError } from "../../../errors/error.ts";
import type { EngineInfo } from "../info.ts";
import type { ContainerRuntime } from "../runtime.ts";
import { seccompProfile } from "../seccomp/profile.ts";
import { findKata } from "./find.ts";

/**
 * A guest filters nothing by itself: `disable_guest_seccomp` is true in every configuration that Kata brings. Of its annotations this
 * one is free to every container (docs/how-to/how-to-set-sandbox-config-kata.md of Kata).
 */
const annotations = { "io.katacontainers.config.runtime.disable_guest_seccomp": "false" } as const;

export function kataRuntime(
  info: Pick<EngineInfo, "runtimes" | "kernel"> | undefined,
  root: string | undefined,
): ContainerRuntime {
  const found = info === undefined ? undefined : findKata(info, root);
  if (info === undefined || found === undefined || !("name" in found))
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: "The rung kata cannot be used here.",
      why: "The Docker daemon has no runtime of Kata any more.",
      next: "Run `bottle doctor`.",
    });
  return {
    name: found.name,
    profile: seccompProfile,
    kernel: "own",
    // The limit is held in the guest.
    processes: (wanted) => wanted,
    annotations,
    silence:
      "Run `bottle doctor`: Kata before 3.29 leaves a bottle without its network under Docker 26, and says nothing.",
    hostKernel: info.kernel,
  };
}
