/** Whether this host can make bottles with bubblewrap: a few files are read, nothing is started. */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Availability } from "../../lifecycle/backend.ts";
import { machineOf } from "./seccomp/filter.ts";
import { findTool } from "./tools.ts";
import type { ToolName } from "./tools.ts";

/** What the probe looks at, so that tests can bring hosts of every kind. */
export interface ProbeHost {
  readonly platform: string;
  readonly arch: string;
  readonly uid: number;
  readonly tool: (name: ToolName) => string | undefined;
  readonly read: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
  readonly mode: (path: string) => number;
}

export function realHost(platform: string, arch: string, uid: number): ProbeHost {
  return {
    platform,
    arch,
    uid,
    tool: findTool,
    read: (path) => {
      try {
        return readFileSync(path, "latin1");
      } catch {
        return undefined;
      }
    },
    exists: existsSync,
    mode: (path) => statSync(path).mode,
  };
}

export function probeHost(host: ProbeHost): Availability {
  if (host.platform !== "linux")
    return no(
      "The namespace rung needs the Linux kernel.",
      "Use a Linux machine, or another rung.",
    );
  if (machineOf(host.arch) === null)
    return no(
      `There is no system call filter for ${host.arch}.`,
      "Use a machine with an x64 or arm64 processor.",
    );
  const bwrap = host.tool("bwrap");
  if (bwrap === undefined)
    return no(
      "bubblewrap is not installed.",
      "Debian and Ubuntu: apt-get install bubblewrap. Fedora: dnf install bubblewrap.",
    );
  const needed: readonly ToolName[] = host.uid === 0 ? ["prlimit", "setpriv"] : ["prlimit"];
  const missing = needed.find((name) => host.tool(name) === undefined);
  if (missing !== undefined)
    return no(`The program ${missing} is not installed.`, "Install util-linux.");
  return (
    probeBubblewrap(host, bwrap) ??
    probeKernel(host) ?? { available: true, detail: detail(host, bwrap) }
  );
}

/** Options and version stand as text in the program. */
function probeBubblewrap(host: ProbeHost, bwrap: string): Availability | undefined {
  if ((host.mode(bwrap) & 0o4000) !== 0)
    return no(
      `${bwrap} is setuid root, and then cannot forbid new user namespaces.`,
      `Run as root: chmod u-s ${bwrap}`,
    );
  if (host.read(bwrap)?.includes("--disable-userns") !== true)
    return no(
      "This bubblewrap is too old: version 0.8.0 or newer is needed.",
      "Install a newer bubblewrap.",
    );
  return undefined;
}

/** The switches with which hosts forbid user namespaces; root drops to an ordinary uid first, so they count for all. */
function probeKernel(host: ProbeHost): Availability | undefined {
  const value = (path: string): string | undefined => host.read(path)?.trim();
  if (!host.exists("/proc/self/ns/user"))
    return no("This kernel has no user namespaces.", "Use a kernel with CONFIG_USER_NS.");
  if (value("/proc/sys/user/max_user_namespaces") === "0")
    return no(
      "user.max_user_namespaces is 0: no user namespace can be made.",
      "Run as root: sysctl -w user.max_user_namespaces=15000",
    );
  if (value("/proc/sys/kernel/unprivileged_userns_clone") === "0")
    return no(
      "kernel.unprivileged_userns_clone is 0: only root may make user namespaces.",
      "Run as root: sysctl -w kernel.unprivileged_userns_clone=1",
    );
  if (value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1" && !hasProfile(host))
    return no(
      "Ubuntu's AppArmor rule forbids user namespaces to programs without a profile, and bubblewrap has none (kernel.apparmor_restrict_unprivileged_userns).",
      'Run as root: printf "abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n" > /etc/apparmor.d/bwrap && apparmor_parser -r /etc/apparmor.d/bwrap',
    );
  return undefined;
}

/** Names under which distributions and owners keep bubblewrap's profile. */
function hasProfile(host: ProbeHost): boolean {
  return ["bwrap", "bwrap-userns-restrict", "usr.bin.bwrap"].some(
    (name) =>
      host.exists(`/etc/apparmor.d/${name}`) && !host.exists(`/etc/apparmor.d/disable/${name}`),
  );
}

function detail(host: ProbeHost, bwrap: string): string {
  const version = /bubblewrap (\d+\.\d+\.\d+)/.exec(host.read(bwrap) ?? "")?.[1];
  const who =
    host.uid === 0 ? "started as root, drops to an unprivileged uid per bottle" : "as this user";
  return `bubblewrap${version === undefined ? "" : ` ${version}`}, ${who}`;
}

function no(reason: string, remedy: string): Availability {
  return { available: false, reason, remedy };
}
