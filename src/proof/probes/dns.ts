/** The system's resolver: it must not know any name, and not find anybody to ask. */
import { lookup } from "node:dns";
import { errorName } from "./probe.ts";
import type { Probe } from "./probe.ts";

export const dnsProbes: readonly Probe[] = [
  {
    name: "dns-system",
    run: (targets) =>
      new Promise((resolve) => {
        lookup(targets.dnsName, (error) => resolve(error === null ? "resolved" : errorName(error)));
      }),
  },
];
