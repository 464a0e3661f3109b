/** The programs of util-linux that every bottle starts with: prlimit(1), and as root setpriv(1). */
import { installRemedy } from "../../distribution.ts";
import type { ToolName } from "../tools.ts";
import type { Needed } from "./host.ts";

const name = "util-linux";

export const utilLinux: Needed = (host) => {
  const needed: readonly ToolName[] = host.uid === 0 ? ["prlimit", "setpriv"] : ["prlimit"];
  const missing = needed.find((tool) => host.tool(tool) === undefined);
  if (missing === undefined)
    return { name, state: "good", detail: needed.map((tool) => host.tool(tool)).join(", ") };
  return {
    name,
    state: "bad",
    detail: `The program ${missing} is not installed.`,
    remedy: installRemedy("util-linux", {
      uid: host.uid,
      osRelease: host.read("/etc/os-release"),
    }),
  };
};
