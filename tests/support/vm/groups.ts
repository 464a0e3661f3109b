/** A control group of a test's own in every hierarchy of this machine: what is made below it goes with it. */
import { existsSync, readFileSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const top = "/sys/fs/cgroup";

/** Puts the shell that runs it into the group `$group` everywhere; a cpuset is empty until it is filled. */
export const joinGroups: string = `
  for place in ${top} ${top}/*; do
    [ -e "$place/cgroup.procs" ] || continue
    mkdir -p "$place/$group"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$place/$file" ] || cat "$place/$file" >"$place/$group/$file"
    done
    echo $$ >"$place/$group/cgroup.procs"
  done`;

/** Once nobody is in it any more; the kernel takes a moment to see that. */
export async function removeGroups(group: string): Promise<void> {
  for (const place of [top, ...readdirSync(top).map((name) => join(top, name))])
    if (existsSync(join(place, "cgroup.procs"))) await remove(join(place, group));
}

async function remove(folder: string): Promise<void> {
  for (let left = 100; existsSync(folder); left -= 1) {
    for (const one of readdirSync(folder, { withFileTypes: true }))
      if (one.isDirectory()) await remove(join(folder, one.name));
    try {
      rmdirSync(folder);
      return;
    } catch {
      if (left === 0) throw new Error(`${folder} is not empty: ${procs(folder)}`);
      await sleep(20);
    }
  }
}

function procs(folder: string): string {
  return readFileSync(join(folder, "cgroup.procs"), "utf8").trim();
}
