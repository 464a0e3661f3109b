/** Interfaces and routes of the bottle: nothing but its own loopback, or besides the network that its gateway is on. */
import { readFileSync } from "node:fs";
import type { NetworkTarget } from "../../helper/protocol.ts";
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
    run: ({ network }) =>
      attempt(() => {
        const found = rows("/proc/net/route", 1).map((line) => describeRoute(line, network));
        return found.length === 0 ? "none" : found.toSorted().slice(0, 5).join(", ");
      }),
  },
];

/** Interface, destination and next hop of a line, both as hexadecimal numbers in the machine's order (proc(5), /proc/net/route). */
function describeRoute(line: string, network: NetworkTarget | null): string {
  const [name = "", to = "", by = ""] = line.split("\t");
  if (network === null) return name;
  const way = to === "00000000" ? "default" : "subnet";
  if (by === "00000000") return `${name} ${way}`;
  const hop = readAddress(by);
  return `${name} ${way} by ${network.nobody.includes(hop) ? "nobody" : hop}`;
}

/** Little-endian, as both machines that there are images for. */
function readAddress(hex: string): string {
  return [...Buffer.from(hex, "hex")].toReversed().join(".");
}
