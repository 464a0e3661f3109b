/** The ladder's rungs, weakest first (DESIGN section 2). */
import type { RungName } from "./manifest.ts";

/** How much stands between the agent and the host: 1 the host's kernel, 2 a kernel in user space, 3 a kernel of its own. */
export const strength: Readonly<Record<RungName, number>> = {
  namespace: 1,
  runc: 1,
  gvisor: 2,
  kata: 3,
  qemu: 3,
  firecracker: 3,
  apple: 3,
};

/** Every rung by name; whether one is ready on a host is the ladder's question, not the manifest's. */
export const rungs: readonly RungName[] = [
  "namespace",
  "runc",
  "gvisor",
  "kata",
  "qemu",
  "firecracker",
  "apple",
];
