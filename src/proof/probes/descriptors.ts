/** Open descriptors and device nodes: each is a way out that no namespace closes. */
import { readdirSync } from "node:fs";
import { foreignDescriptors, openDescriptors } from "../../helper/descriptors.ts";
import { attempt } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** The helper's channel; what is above it should be Node's own, or a probe's. */
const lastKnown = 3;

const knownDevices: ReadonlySet<string> = new Set(
  "console core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero mqueue".split(
    " ",
  ),
);

/** The first few of what was found, or the word for nothing. */
function listed(found: readonly string[], nothing: string): string {
  return found.length === 0 ? nothing : found.slice(0, 8).join(" ").slice(0, 200);
}

export const descriptorProbes: readonly Probe[] = [
  {
    name: "descriptors",
    run: () =>
      attempt(() => {
        // Sockets are the forwarder's and the other probes'; a leaked one was closed when the helper began.
        const leaked = foreignDescriptors(openDescriptors(), lastKnown)
          .filter(({ link }) => !link.startsWith("socket:"))
          .map(({ fd, link }) => `${fd}=${link}`);
        return listed(leaked, "none leaked");
      }),
  },
  {
    name: "devices",
    run: () =>
      attempt(() =>
        listed(
          readdirSync("/dev").filter((name) => !knownDevices.has(name)),
          "nothing unknown",
        ),
      ),
  },
];
