/** Open descriptors and device nodes: each is a way out that no namespace closes. */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
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

/** How often, and with how many milliseconds between, what was found is looked at again. */
const looks = 20;
const pace = 15;

/** Sockets are the forwarder's and the other probes'; a leaked one was closed when the helper began. */
function strangers(): readonly string[] {
  return foreignDescriptors(openDescriptors(), lastKnown)
    .filter(({ link }) => !link.startsWith("socket:"))
    .map(({ fd, link }) => `${fd}=${link}`);
}

/** What stays: the other probes open files for a moment, in threads (getaddrinfo(3) does), and what was leaked is never closed. */
async function leaked(): Promise<string> {
  let found = strangers();
  for (let left = looks; left > 0 && found.length > 0; left -= 1) {
    await sleep(pace);
    const again = strangers();
    found = found.filter((one) => again.includes(one));
  }
  return listed(found, "none leaked");
}

export const descriptorProbes: readonly Probe[] = [
  { name: "descriptors", run: leaked },
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
