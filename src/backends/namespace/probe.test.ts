/** What the probe says on hosts of every kind; each answer names the cause and a command or step that helps. */
import { expect, test } from "vitest";
import { realHost } from "./doctor/host.ts";
import type { ProbeHost } from "./doctor/host.ts";
import { probeHost } from "./probe.ts";

const kinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

function host(
  changes: Partial<ProbeHost> & { readonly files?: Readonly<Record<string, string>> } = {},
): ProbeHost {
  const files: Readonly<Record<string, string>> = {
    "/usr/bin/bwrap": "… --disable-userns … bubblewrap 0.9.0 …",
    "/etc/os-release": "ID=ubuntu\nID_LIKE=debian\n",
    ...Object.fromEntries(kinds.map((kind) => [`/proc/self/ns/${kind}`, ""])),
    ...changes.files,
  };
  return {
    platform: "linux",
    arch: "x64",
    uid: 1000,
    tool: (name) => `/usr/bin/${name}`,
    read: (path) => files[path],
    exists: (path) => path in files,
    mode: () => 0o100755,
    ...changes,
  };
}

test("an ordinary Linux with bubblewrap is ready, and its version is told", () => {
  expect(probeHost(host())).toEqual({ available: true, detail: "bubblewrap 0.9.0, as this user" });
});

const restricted = { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" };

test.each<[string, Parameters<typeof host>[0], RegExp, RegExp]>([
  ["another system", { platform: "darwin" }, /Linux/, /Linux machine/],
  ["another processor", { arch: "riscv64" }, /riscv64/, /x64 or arm64/],
  [
    "no bubblewrap",
    { tool: (name) => (name === "bwrap" ? undefined : name) },
    /not installed/,
    /^Run: sudo apt-get install bubblewrap$/,
  ],
  [
    "no util-linux",
    { uid: 0, tool: (name) => (name === "setpriv" ? undefined : `/usr/bin/${name}`) },
    /setpriv/,
    /^Run: apt-get install util-linux$/,
  ],
  ["setuid bubblewrap", { mode: () => 0o104755 }, /setuid/, /chmod u-s/],
  ["old bubblewrap", { files: { "/usr/bin/bwrap": "bubblewrap 0.6.1" } }, /0\.8\.0/, /newer/],
  [
    "no namespaces left",
    { files: { "/proc/sys/user/max_user_namespaces": "0\n" } },
    /max_user_namespaces/,
    /sysctl -w/,
  ],
  [
    "Debian's switch",
    { files: { "/proc/sys/kernel/unprivileged_userns_clone": "0\n" } },
    /userns_clone/,
    /sysctl -w/,
  ],
  ["Ubuntu's AppArmor rule", { files: restricted }, /AppArmor/, /apparmor_parser/],
  ["Ubuntu's AppArmor rule, as root", { uid: 0, files: restricted }, /AppArmor/, /apparmor_parser/],
  [
    "a profile that is switched off",
    { files: { ...restricted, "/etc/apparmor.d/bwrap": "", "/etc/apparmor.d/disable/bwrap": "" } },
    /AppArmor/,
    /apparmor_parser/,
  ],
])("%s: not available, with reason and remedy", (_name, changes, reason, remedy) => {
  expect(probeHost(host(changes))).toMatchObject({
    available: false,
    reason: expect.stringMatching(reason) as string,
    remedy: expect.stringMatching(remedy) as string,
  });
});

test("under Ubuntu's AppArmor rule a profile for bubblewrap is enough", () => {
  expect(probeHost(host({ files: { ...restricted, "/etc/apparmor.d/bwrap": "" } })).available).toBe(
    true,
  );
});

test.skipIf(process.platform !== "linux")(
  "the real host gives the answer that a launch here gives",
  () => {
    const found = probeHost(realHost(process.platform, process.arch, process.getuid?.() ?? -1));
    expect(found).toMatchObject({
      available: true,
      detail: expect.stringMatching(/^bubblewrap \d/) as string,
    });
  },
);
