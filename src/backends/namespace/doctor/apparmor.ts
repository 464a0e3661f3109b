/** Ubuntu's AppArmor rule (23.10 and newer): only programs with a profile that grants it may make user namespaces. */
import { valueOf } from "./host.ts";
import type { Needed, ProbeHost } from "./host.ts";

const name = "apparmor";
const sysctl = "kernel.apparmor_restrict_unprivileged_userns";

/** A profile that grants user namespaces and restricts nothing, as Ubuntu's own for browsers. */
const profile =
  "abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n";

export const appArmor: Needed = (host) => {
  const restricted = valueOf(host, `/proc/sys/${sysctl.replace(".", "/")}`) === "1";
  if (!restricted) return { name, state: "good", detail: "does not restrict user namespaces" };
  if (hasProfile(host))
    return { name, state: "good", detail: `${sysctl} is 1, and bubblewrap has a profile` };
  return {
    name,
    state: "bad",
    detail: `Ubuntu's AppArmor rule forbids user namespaces to programs without a profile, and bubblewrap has none (${sysctl}).`,
    remedy: `Run as root: printf "${profile}" > /etc/apparmor.d/bwrap && apparmor_parser -r /etc/apparmor.d/bwrap`,
  };
};

/** Names under which distributions and owners keep bubblewrap's profile. */
function hasProfile(host: ProbeHost): boolean {
  return ["bwrap", "bwrap-userns-restrict", "usr.bin.bwrap"].some(
    (file) =>
      host.exists(`/etc/apparmor.d/${file}`) && !host.exists(`/etc/apparmor.d/disable/${file}`),
  );
}
