/** The switches with which hosts forbid user namespaces; root drops to an ordinary uid first, so they count for all. */
import { rootRemedy } from "../../distribution.ts";
import { valueOf } from "./host.ts";
import type { Needed } from "./host.ts";

const name = "user-namespaces";

/** Debian's switch, which other kernels do not have. */
export const userNamespaces: Needed = (host) =>
  valueOf(host, "/proc/sys/kernel/unprivileged_userns_clone") === "0"
    ? {
        name,
        state: "bad",
        detail: "kernel.unprivileged_userns_clone is 0: only root may make user namespaces.",
        remedy: rootRemedy("sysctl -w kernel.unprivileged_userns_clone=1", host.uid),
      }
    : { name, state: "good", detail: "allowed to ordinary users" };
