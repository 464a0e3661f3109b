/** The boundaries a test can leave open, one at a time, to see the probe of each fail. Every other name changes nothing here. */

export const breakable = [
  "network",
  "processes",
  "home",
  "root",
  "sysctl",
  "user-namespaces",
  "seccomp",
  "control-socket",
  "ptrace",
  "capabilities",
  "workspace",
  "mounts",
] as const;

export type Breakable = (typeof breakable)[number];

/** The boundary of this backend that `name` opens, or undefined. */
export function openBoundary(name: string | undefined): Breakable | undefined {
  return breakable.find((boundary) => boundary === name);
}
