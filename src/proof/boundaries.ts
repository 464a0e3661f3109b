/** The boundaries and the probes that hold each, for the tests that break them and the page that explains them. */
import type { BoundaryName, KernelKind, LinkKind } from "./rule.ts";
import { rulesFor } from "./rules.ts";

/** Names of a link's probes, under a kernel, by boundary; never empty. */
export function boundariesOf(
  link: LinkKind,
  kernel?: KernelKind,
): ReadonlyMap<BoundaryName, readonly string[]> {
  const rules = rulesFor(link, kernel);
  return new Map(
    rules.map(({ boundary }) => [
      boundary,
      rules.filter((rule) => rule.boundary === boundary).map((rule) => rule.name),
    ]),
  );
}

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
  "capabilities",
  "workspace",
  "mounts",
];

/** Those that a link has besides. */
export const breakableOnNetwork: readonly BoundaryName[] = ["bridge", "link-layer", "name-server"];
export const breakableOnLoopback: readonly BoundaryName[] = ["firewall"];
