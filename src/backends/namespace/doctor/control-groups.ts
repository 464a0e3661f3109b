/** Control groups: which version is mounted, and which controllers this process may hand to a bottle. */
import type { Check } from "../../../lifecycle/backend.ts";
import { groupBases } from "../groups/bases.ts";
import type { GroupFacts } from "../groups/bases.ts";
import type { ProbeHost } from "./host.ts";

const name = "control-groups";
const wanted = ["cpu", "memory", "pids"] as const;

export function controlGroups(host: ProbeHost, facts: GroupFacts): Check {
  const mounted = ["cgroup", "cgroup2"].filter((type) => facts.mountinfo.includes(` - ${type} `));
  if (mounted.length === 0)
    return { name, state: "open", detail: "no control groups are mounted: no limit holds" };
  const version = mounted.map((type) => (type === "cgroup" ? "v1" : "v2")).join(" and ");
  const bases = groupBases(facts);
  const handed = wanted.filter((one) => bases.some(({ controllers }) => controllers.includes(one)));
  const missing = wanted.filter((one) => !handed.includes(one));
  const places = [...new Set(bases.map(({ dir }) => dir.replace(/\/$/, "")))].join(", ");
  if (missing.length === 0)
    return { name, state: "good", detail: `${version}; ${handed.join(", ")} in ${places}` };
  const has = handed.length === 0 ? "none" : `${handed.join(", ")} in ${places}`;
  return {
    name,
    state: "open",
    detail: `${version}; delegated to this process: ${has}; not: ${missing.join(", ")}`,
    remedy: delegation(host),
  };
}

/** A login session's group belongs to root; the user's own service manager has groups of its own to give away. */
function delegation(host: ProbeHost): string {
  if (host.uid === 0)
    return "Mount the control groups writable: in a container, they are the engine's.";
  return host.exists("/run/systemd/system")
    ? "Run: systemd-run --user --scope bottle start"
    : "Start bottles as root, or let root give a control group to this user.";
}
