/** The boundaries and the probes that hold each, for the tests that break them and the page that explains them. */
import { rules } from "./rules.ts";
import type { BoundaryName } from "./rules.ts";

/** Names of probes by boundary; never empty. */
export const boundaries: ReadonlyMap<BoundaryName, readonly string[]> = new Map(
  [...new Set(rules.map((rule) => rule.boundary))].map((boundary) => [
    boundary,
    rules.filter((rule) => rule.boundary === boundary).map((rule) => rule.name),
  ]),
);

/** Values of `BOTTLE_TEST_BREAK` that the probes inside must see; `secret` is found by the search from outside. */
export const breakable: readonly BoundaryName[] = [
  "network",
  "gateway-policy",
  "gateway-address",
  "gateway-authority",
  "neighbour",
  "control-socket",
  "home",
  "root",
  "sysctl",
  "processes",
  "ptrace",
  "user-namespaces",
  "kernel",
  "seccomp",
  "setuid",
  "workspace",
  "mounts",
];
