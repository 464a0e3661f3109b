/** Every kind of namespace that a bottle has: in this kernel, and not forbidden by a number of zero (namespaces(7)). */
import { rootRemedy } from "../../distribution.ts";
import { valueOf } from "./host.ts";
import type { Needed } from "./host.ts";

/** As /proc/self/ns calls them, with the word of their sysctl and of the kernel's configuration. */
const kinds = [
  ["user", "user", "USER_NS"],
  ["mnt", "mnt", "NAMESPACES"],
  ["pid", "pid", "PID_NS"],
  ["net", "net", "NET_NS"],
  ["ipc", "ipc", "IPC_NS"],
  ["uts", "uts", "UTS_NS"],
  ["cgroup", "cgroup", "CGROUPS"],
] as const;

const name = "namespaces";

export const namespaces: Needed = (host) => {
  const absent = kinds.find(([kind]) => !host.exists(`/proc/self/ns/${kind}`));
  if (absent !== undefined)
    return {
      name,
      state: "bad",
      detail: `This kernel has no ${absent[0]} namespaces.`,
      remedy: `Use a kernel with CONFIG_${absent[2]}.`,
    };
  const none = kinds.find(
    ([, word]) => valueOf(host, `/proc/sys/user/max_${word}_namespaces`) === "0",
  );
  if (none !== undefined)
    return {
      name,
      state: "bad",
      detail: `user.max_${none[1]}_namespaces is 0: no ${none[0]} namespace can be made.`,
      remedy: rootRemedy(`sysctl -w user.max_${none[1]}_namespaces=15000`, host.uid),
    };
  return { name, state: "good", detail: kinds.map(([kind]) => kind).join(", ") };
};
