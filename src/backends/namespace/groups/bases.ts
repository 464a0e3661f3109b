/** Where this process may make control groups: v1 hierarchies as root, or the nearest writable v2 group above it. */
import { accessSync, constants, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Controller = "cpu" | "memory" | "pids";

export interface GroupBase {
  readonly version: 1 | 2;
  readonly controllers: readonly Controller[];
  /** Our groups are made in `<dir>/claude-bottle`. */
  readonly dir: string;
}

/** Texts of proc(5), so that tests can bring hosts of every kind. */
export interface GroupFacts {
  readonly mountinfo: string;
  readonly cgroup: string;
}

export function readGroupFacts(): GroupFacts {
  return {
    mountinfo: readFileSync("/proc/self/mountinfo", "utf8"),
    cgroup: readFileSync("/proc/self/cgroup", "utf8"),
  };
}

const wanted: readonly Controller[] = ["cpu", "memory", "pids"];

/** Every base that is writable here; a controller stands in at most one of them. */
export function groupBases(facts: GroupFacts): readonly GroupBase[] {
  const bases: GroupBase[] = [];
  for (const mount of groupMounts(facts.mountinfo)) {
    if (mount.type === "cgroup") {
      const controllers = wanted.filter((name) => mount.options.includes(name));
      if (controllers.length > 0 && isWritable(mount.point))
        bases.push({ version: 1, controllers, dir: mount.point });
    } else {
      const base = unifiedBase(mount.point, facts.cgroup);
      if (base !== undefined) bases.push(base);
    }
  }
  return bases;
}

interface GroupMount {
  readonly type: "cgroup" | "cgroup2";
  readonly point: string;
  readonly options: readonly string[];
}

/** proc_pid_mountinfo(5): field 5 is the mount point; type, source and options stand behind the lone dash. */
function groupMounts(mountinfo: string): readonly GroupMount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before, after] = line.split(" - ");
    const point = before?.split(" ")[4];
    const [type, , options] = after?.split(" ") ?? [];
    if (point === undefined || options === undefined || (type !== "cgroup" && type !== "cgroup2"))
      return [];
    return [{ type, point, options: options.split(",") }];
  });
}

/** From our own group upwards: the first that we may write and that hands controllers down, or could. */
function unifiedBase(point: string, cgroup: string): GroupBase | undefined {
  const own = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  if (own === undefined || own.includes("/../")) return undefined;
  for (let path = own; ; path = dirname(path)) {
    const dir = join(point, path);
    const controllers =
      isWritable(dir) && isWritable(join(dir, "cgroup.procs")) ? handedDown(dir, path === "/") : [];
    if (controllers.length > 0) return { version: 2, controllers, dir };
    if (path === "/") return undefined;
  }
}

/** A group with processes of its own cannot begin to hand controllers down (cgroup-v2, "no internal processes"). */
function handedDown(dir: string, isRoot: boolean): readonly Controller[] {
  const words = (file: string): readonly string[] => readText(join(dir, file)).trim().split(/\s+/);
  const could = isRoot || readText(join(dir, "cgroup.procs")).trim() === "";
  const names = words(could ? "cgroup.controllers" : "cgroup.subtree_control");
  return wanted.filter((name) => names.includes(name));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
