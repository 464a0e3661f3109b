/** A real systemd as PID 1 of namespaces, over a copy-on-write view of this machine: what it does to files is gone with it. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runProgram } from "../e2e/support/alone.ts";
import type { CliResult } from "../e2e/support/cli.ts";

const program = "/usr/lib/systemd/systemd";
const cgroups = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((path) =>
  existsSync(join(path, "cgroup.procs")),
);

/** For `need`: undefined where one can be booted. */
export function lacksSystemd(): string | undefined {
  if (process.getuid?.() !== 0) return "a systemd of the test's own needs root";
  if (!existsSync(program)) return "there is no systemd here";
  return cgroups === undefined ? "there is no cgroup v2 here" : undefined;
}

export interface Systemd extends AsyncDisposable {
  /** By a shell in it. */
  run(script: string): Promise<CliResult>;
}

/**
 * The network is this machine's; `/proc/sys` and `/sys` are read-only, so that nothing of the kernel is set. Units of this
 * machine are not started. Mounts are shared, as systemd itself sets them up outside of containers: credentials need it.
 */
const boot = `
  set -eu
  top=$1; group=$2; folder=$3
  shift 3
  echo $$ >"$group/cgroup.procs"
  exec unshare --mount --pid --fork --kill-child=KILL --uts --ipc --cgroup sh -euc '
    mount --make-rprivate /
    mount -t tmpfs -o mode=755 tmpfs "$1"
    mkdir "$1/up" "$1/work" "$1/root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
    cd "$1/root"
    folder=$2; shift 2
    mkdir -p "./$folder"
    cp -r "$@" "./$folder"
    mount -t proc proc proc
    mount --bind proc/sys proc/sys
    mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs dev
    for device in null zero full random urandom tty; do : >dev/$device; mount --bind /dev/$device dev/$device; done
    ln -s /proc/self/fd dev/fd
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=1777 tmpfs tmp
    rm -rf etc/systemd/system/* etc/machine-id etc/fstab
    : >etc/machine-id
    : >etc/fstab
    printf "[Unit]\\nRequires=basic.target\\nAfter=basic.target\\n" >etc/systemd/system/test.target
    mkdir old
    pivot_root . old
    umount -l /old
    mount --make-rshared /
    exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
      ${program} --unit=test.target --log-target=journal --show-status=0
  ' sh "$top" "$folder" "$@"
`;

/**
 * `files` of this machine are copied into `into`: what is in other mounts, or in /tmp, is not there otherwise. Throws where it
 * does not come up.
 */
export async function bootSystemd(into: string, files: readonly string[]): Promise<Systemd> {
  const folder = await mkdtemp(join(tmpdir(), "systemd-"));
  const group = join(cgroups ?? "", folder.slice(tmpdir().length + 1));
  await mkdir(group);
  const child = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "sh", "-c", boot, "sh", folder, group, into, ...files],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
    await removeGroup(group);
    await rm(folder, { recursive: true, force: true });
  };
  const inside = async (script: string): Promise<CliResult> => {
    // The child of unshare(1) is PID 1 inside.
    const first = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
    const spaces = ["-m", "-p", "-u", "-i", "-C"];
    return runProgram(
      ["nsenter", "-t", first.trim(), ...spaces, "--", "sh", "-c", script],
      process.env,
    );
  };
  try {
    for (let left = 300; ; left -= 1) {
      const { stdout } = await inside("systemctl is-active test.target");
      if (stdout === "active\n") break;
      if (left === 0 || child.exitCode !== null)
        throw new Error(`systemd does not come up: ${said}`);
      await sleep(50);
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { run: inside, [Symbol.asyncDispose]: end };
}

/** The kernel takes a moment to see that it is empty. */
async function removeGroup(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  for (let left = 100; left > 0; left -= 1) {
    const done = await rmdir(group).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "ENOENT",
    );
    if (done) return;
    await sleep(20);
  }
}
