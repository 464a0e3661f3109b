/** Interfaces and routes of the bottle: nothing but its own loopback. */
import { readFileSync } from "node:fs";
import { attempt } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** Lines of a table under /proc/net, without its heading. */
function rows(path: string, headings: number): readonly string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .slice(headings)
    .filter((line) => line.trim() !== "");
}

export const networkProbes: readonly Probe[] = [
  {
    name: "interfaces",
    run: () =>
      attempt(() => {
        const names = rows("/proc/net/dev", 2).map((line) => line.split(":")[0]?.trim() ?? "");
        return names.toSorted().join(" ");
      }),
  },
  {
    name: "routes",
    run: () =>
      attempt(() => {
        const found = rows("/proc/net/route", 1).map((line) => line.split("\t")[0] ?? "");
        return found.length === 0 ? "none" : found.slice(0, 5).join(" ");
      }),
  },
];
