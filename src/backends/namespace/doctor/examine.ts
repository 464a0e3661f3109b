/** Everything the namespace rung depends on, one check after the other; the last one tries. */
import type { Check } from "../../../lifecycle/backend.ts";
import type { GroupFacts } from "../groups/bases.ts";
import type { Owner } from "../../owner.ts";
import { appArmor } from "./apparmor.ts";
import { bubblewrap } from "./bubblewrap.ts";
import { controlGroups } from "./control-groups.ts";
import type { Needed, ProbeHost } from "./host.ts";
import { namespaces } from "./namespaces.ts";
import { platform } from "./platform.ts";
import { seccomp } from "./seccomp.ts";
import { trial } from "./trial.ts";
import { userNamespaces } from "./user-namespaces.ts";
import { utilLinux } from "./util-linux.ts";

/** In the order in which one would mend them. */
export const neededChecks: readonly Needed[] = [
  platform,
  bubblewrap,
  utilLinux,
  namespaces,
  userNamespaces,
  appArmor,
  seccomp,
];

export async function examineHost(
  host: ProbeHost,
  groups: () => GroupFacts,
  owner: () => Owner,
): Promise<readonly Check[]> {
  const needed = neededChecks.map((check) => check(host));
  if (host.platform !== "linux") return needed.slice(0, 1);
  const tried = needed.every(({ state }) => state === "good") ? [await trial(host, owner())] : [];
  return [...needed, controlGroups(host, groups()), ...tried];
}
