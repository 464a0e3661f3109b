/** The engines of the manifest's bottles: which program each would be, and whether it is the one this version is made for. */
import { BottleError } from "../../errors/error.ts";
import type { Check } from "../../lifecycle/backend.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { hostPaths } from "../paths.ts";
import { installRemedy } from "../../backends/distribution.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSystem } from "./host.ts";
import type { DoctorHost } from "./host.ts";

const name = "engine";

/** Nothing is said where no bottle has one: none is needed. */
export async function engines(
  host: DoctorHost,
  manifest: Manifest | undefined,
): Promise<readonly Check[]> {
  const bottles = [...(manifest?.bottles.values() ?? [])].filter(
    ({ engine }) => engine !== undefined,
  );
  if (bottles.length === 0) return [];
  const { findPipelock } = await import("../../engines/pipelock/find-program.ts");
  const { cacheDir } = hostPaths(host);
  const programs = new Map(
    bottles.map(({ name: bottle, engine }) => [engine?.program ?? null, bottle]),
  );
  const checks: Check[] = [];
  for (const [named, bottle] of programs) {
    try {
      const found = await findPipelock({ named, cacheDir, path: host.env["PATH"] ?? "" });
      checks.push(
        found.known
          ? { name, state: "good", detail: `pipelock is ${found.program}` }
          : {
              name,
              state: "open",
              detail: `${found.program} of bottle ${bottle} is not the pipelock that this version is made for`,
              remedy: "Leave `program` out, and the right one is looked for.",
            },
      );
    } catch (error) {
      if (!(error instanceof BottleError)) throw error;
      const { why, next } = error;
      checks.push({
        name,
        state: "bad",
        detail: `bottle ${bottle} does not start without pipelock: ${why ?? "it is missing"}`,
        ...(next !== undefined && { remedy: next }),
      });
    }
  }
  return [...checks, ...sandbox(host)];
}

/** Any rung's bottle may have an engine, and the engine's sandbox is bubblewrap's. */
function sandbox(host: DoctorHost): readonly Check[] {
  const there = ["usr/bin", "bin", "usr/local/bin"].some((folder) =>
    existsSync(join(host.root, folder, "bwrap")),
  );
  if (there) return [];
  return [
    {
      name,
      state: "bad",
      detail: "an engine runs in a sandbox of bubblewrap, which is missing",
      remedy: installRemedy("bubblewrap", {
        uid: host.uid,
        osRelease: readSystem(host, "/etc/os-release"),
      }),
    },
  ];
}
