/** Each check, over a folder that stands for a host's root; the trial with real programs. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Check } from "../../../lifecycle/backend.ts";
import { machineOf, seccompFilter } from "../seccomp/filter.ts";
import { findTool } from "../tools.ts";
import { controlGroups } from "./control-groups.ts";
import { examineHost, neededChecks } from "./examine.ts";
import { realHost } from "./host.ts";
import type { ProbeHost } from "./host.ts";
import { trial } from "./trial.ts";

const kinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];
const owner = { uid: 0x78000001, gid: 0x78000001 };
const noGroups = { mountinfo: "", cgroup: "" };

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doctor-root-"));
  for (const kind of kinds) put(`proc/self/ns/${kind}`, "");
  put("usr/bin/bwrap", "… --disable-userns … bubblewrap 0.9.0 …", 0o755);
  put("usr/bin/prlimit", "", 0o755);
  put("proc/self/status", "Name:\tnode\nSeccomp:\t0\n");
  put("etc/os-release", 'NAME="Fedora Linux"\nID=fedora\n');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

function drop(path: string): void {
  rmSync(join(root, path));
}

/** The check of that name on the host whose root is the folder. */
function check(name: string, uid = 1000): Check | undefined {
  const host = realHost("linux", "x64", uid, root);
  return neededChecks.map((one) => one(host)).find((one) => one.name === name);
}

describe("what the namespace rung needs", () => {
  test("is all there on an ordinary host", async () => {
    const names = ["platform", "bubblewrap", "util-linux", "namespaces", "user-namespaces"];
    for (const name of [...names, "apparmor", "seccomp"])
      expect(check(name)).toMatchObject({ name, state: "good" });
  });

  test.each<[string, () => void, RegExp, string]>([
    [
      "bubblewrap",
      () => drop("usr/bin/bwrap"),
      /not installed/,
      "Run: sudo dnf install bubblewrap",
    ],
    [
      "bubblewrap",
      () => put("usr/bin/bwrap", "bubblewrap 0.9.0 --disable-userns", 0o4755),
      /setuid/,
      "Run: sudo chmod u-s /usr/bin/bwrap",
    ],
    ["util-linux", () => drop("usr/bin/prlimit"), /prlimit/, "Run: sudo dnf install util-linux"],
    [
      "namespaces",
      () => drop("proc/self/ns/net"),
      /no net namespaces/,
      "Use a kernel with CONFIG_NET_NS.",
    ],
    [
      "namespaces",
      () => put("proc/sys/user/max_pid_namespaces", "0\n"),
      /max_pid_namespaces is 0/,
      "Run: sudo sysctl -w user.max_pid_namespaces=15000",
    ],
    [
      "user-namespaces",
      () => put("proc/sys/kernel/unprivileged_userns_clone", "0\n"),
      /only root/,
      "Run: sudo sysctl -w kernel.unprivileged_userns_clone=1",
    ],
    [
      "seccomp",
      () => put("proc/self/status", "Name:\tnode\n"),
      /no system call filters/,
      "Use a kernel with CONFIG_SECCOMP_FILTER.",
    ],
    [
      "seccomp",
      () => put("proc/sys/kernel/seccomp/actions_avail", "kill allow\n"),
      /no system call filters/,
      "Use a kernel with CONFIG_SECCOMP_FILTER.",
    ],
  ])("%s: named with its remedy", async (name, spoil, detail, remedy) => {
    spoil();
    const found = check(name);
    expect(found).toMatchObject({ state: "bad", remedy });
    expect(found?.detail).toMatch(detail);
  });

  test.each([
    ["ID=debian", "Run: sudo apt-get install bubblewrap"],
    ["ID=linuxmint\nID_LIKE='ubuntu debian'", "Run: sudo apt-get install bubblewrap"],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', "Run: sudo zypper install bubblewrap"],
    ["ID=endeavouros\nID_LIKE=arch", "Run: sudo pacman -S bubblewrap"],
    ["ID=alpine", "Run: sudo apk add bubblewrap"],
    ["ID=plan9", "Install the package bubblewrap with the package manager of this system."],
  ])("a missing package is installed as this distribution does it: %s", async (text, remedy) => {
    put("etc/os-release", `${text}\n`);
    drop("usr/bin/bwrap");
    expect(check("bubblewrap")).toMatchObject({ remedy });
  });

  test("root needs no sudo", async () => {
    put("usr/bin/setpriv", "", 0o755);
    drop("usr/bin/bwrap");
    expect(check("bubblewrap", 0)).toMatchObject({ remedy: "Run: dnf install bubblewrap" });
  });

  test("Ubuntu's AppArmor rule asks for a profile, which a shell can write as it is said", async () => {
    put("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    const { state, remedy = "" } = check("apparmor") ?? {};
    expect(state).toBe("bad");
    const text = /^Run as root: printf "(.*)" > \/etc\/apparmor\.d\/bwrap && /.exec(remedy)?.[1];
    expect(text?.replaceAll("\\n", "\n")).toMatch(/^profile bwrap .* \{\n {2}userns,\n\}\n$/m);
    put("etc/apparmor.d/bwrap", "");
    expect(check("apparmor")).toMatchObject({ state: "good" });
  });

  test("another system is all that is said about it", async () => {
    const found = await examineHost(
      realHost("darwin", "arm64", 501, root),
      () => noGroups,
      () => owner,
    );
    expect(found).toMatchObject([{ name: "platform", state: "bad" }]);
  });
});

describe("control groups", () => {
  const mount = (type: string, options: string): string =>
    `31 23 0:28 / ${join(root, "cgroup")} rw - ${type} ${type} rw,${options}\n`;
  const groups = (facts: { mountinfo: string; cgroup?: string }, uid = 1000): Check =>
    controlGroups(realHost("linux", "x64", uid, root), { cgroup: "0::/", ...facts });

  test("of version 1 are handed out where they are writable", () => {
    mkdirSync(join(root, "cgroup"));
    const mountinfo = mount("cgroup", "cpu") + mount("cgroup", "memory") + mount("cgroup", "pids");
    expect(groups({ mountinfo })).toMatchObject({
      state: "good",
      detail: `v1; cpu, memory, pids in ${join(root, "cgroup")}`,
    });
  });

  test("of version 2 are told by controller, with the command of a user's service manager", () => {
    put("cgroup/cgroup.controllers", "memory pids\n");
    put("cgroup/cgroup.procs", "");
    put("run/systemd/system/.keep", "");
    expect(groups({ mountinfo: mount("cgroup2", "nsdelegate") })).toMatchObject({
      state: "open",
      detail: `v2; delegated to this process: memory, pids in ${join(root, "cgroup")}; not: cpu`,
      remedy: "Run: systemd-run --user --scope bottle start",
    });
  });

  test("that are not there mean that no limit holds", () => {
    expect(groups({ mountinfo: "" })).toMatchObject({ state: "open" });
  });
});

describe.skipIf(process.platform !== "linux")("the trial", () => {
  const real = (): ProbeHost => realHost(process.platform, process.arch, process.getuid?.() ?? -1);

  test("makes the namespaces of a bottle here", async () => {
    expect(await trial(real(), owner)).toMatchObject({ state: "good" });
  });

  test("is told as it failed where a filter around us forbids them, as in a container", async () => {
    const machine = machineOf(process.arch) ?? "x64";
    writeFileSync(join(root, "filter"), seccompFilter(machine));
    const bwrap = findTool("bwrap") ?? "";
    put(
      "usr/bin/bwrap",
      `#!/bin/sh\nexec ${bwrap} --seccomp 9 --dev-bind / / -- ${bwrap} "$@" 9<${root}/filter\n`,
      0o755,
    );
    chmodSync(root, 0o755);
    const host: ProbeHost = {
      ...real(),
      tool: (name) => (name === "bwrap" ? join(root, "usr/bin/bwrap") : findTool(name)),
    };
    const found = await trial(host, owner);
    expect(found).toMatchObject({ state: "bad" });
    expect(found.detail).toMatch(/cannot be made: bwrap: .*(not permitted|namespace)/);
    expect(found.remedy).toContain("seccomp=unconfined");
  });
});
