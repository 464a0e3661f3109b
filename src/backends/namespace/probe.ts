/** Whether this host can make bottles with bubblewrap: a few files are read, nothing is started. */
import type { Availability } from "../../lifecycle/backend.ts";
import { bubblewrapVersion } from "./doctor/bubblewrap.ts";
import { neededChecks } from "./doctor/examine.ts";
import type { ProbeHost } from "./doctor/host.ts";

/** The first of the doctor's checks that is bad is the reason; later ones may only follow from it. */
export function probeHost(host: ProbeHost): Availability {
  for (const check of neededChecks) {
    const { state, detail, remedy = "" } = check(host);
    if (state === "bad") return { available: false, reason: detail, remedy };
  }
  const who =
    host.uid === 0 ? "started as root, drops to an unprivileged uid per bottle" : "as this user";
  return {
    available: true,
    detail: `${bubblewrapVersion(host, host.tool("bwrap") ?? "")}, ${who}`,
  };
}
