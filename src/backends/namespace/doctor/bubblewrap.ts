/** bubblewrap: there, not setuid, new enough. Options and version stand as text in the program; it is not run for them. */
import { installRemedy, rootRemedy } from "../../distribution.ts";
import type { Needed, ProbeHost } from "./host.ts";

const name = "bubblewrap";

export const bubblewrap: Needed = (host) => {
  const program = host.tool("bwrap");
  const install = installRemedy("bubblewrap", {
    uid: host.uid,
    osRelease: host.read("/etc/os-release"),
  });
  if (program === undefined)
    return { name, state: "bad", detail: "bubblewrap is not installed.", remedy: install };
  if ((host.mode(program) & 0o4000) !== 0)
    return {
      name,
      state: "bad",
      detail: `${program} is setuid root, and then cannot forbid new user namespaces.`,
      remedy: rootRemedy(`chmod u-s ${program}`, host.uid),
    };
  if (host.read(program)?.includes("--disable-userns") !== true)
    return {
      name,
      state: "bad",
      detail: "This bubblewrap is too old: version 0.8.0 or newer is needed.",
      remedy: "Use a newer release of this distribution, or build bubblewrap 0.8.0 or newer.",
    };
  return { name, state: "good", detail: `${bubblewrapVersion(host, program)}, ${program}` };
};

/** `bubblewrap 0.9.0`, or the bare word where the program does not say. */
export function bubblewrapVersion(host: ProbeHost, program: string): string {
  const version = /bubblewrap (\d+\.\d+\.\d+)/.exec(host.read(program) ?? "")?.[1];
  return version === undefined ? "bubblewrap" : `bubblewrap ${version}`;
}
