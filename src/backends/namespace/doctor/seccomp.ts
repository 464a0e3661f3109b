/** System call filters: whether this kernel takes one that answers with an errno (seccomp(2), proc_pid_status(5)). */
import { valueOf } from "./host.ts";
import type { Needed } from "./host.ts";

const name = "seccomp";

export const seccomp: Needed = (host) => {
  const status = host.read("/proc/self/status");
  const actions = valueOf(host, "/proc/sys/kernel/seccomp/actions_avail");
  // Without a status there is nothing to tell: the trial will.
  const lacks = status !== undefined && !/^Seccomp:/m.test(status);
  if (lacks || (actions !== undefined && !actions.split(" ").includes("errno")))
    return {
      name,
      state: "bad",
      detail: "This kernel has no system call filters.",
      remedy: "Use a kernel with CONFIG_SECCOMP_FILTER.",
    };
  const own = /^Seccomp:\s*([1-9])/m.test(status ?? "");
  return {
    name,
    state: "good",
    detail: own ? "filters work; this process is under one already" : "filters work",
  };
};
