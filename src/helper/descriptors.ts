/** Descriptors that leaked into this process from whoever started it: an agent must not find one. */
import { closeSync, readFileSync, readdirSync, readlinkSync } from "node:fs";

/** `O_CLOEXEC` in the octal flags of proc_pid_fdinfo(5). */
const closeOnExec = 0o2000000;

/** One open descriptor and what its link under /proc/self/fd says. */
export interface Descriptor {
  readonly fd: number;
  readonly link: string;
}

/** The descriptors open now, less those that were gone before they could be looked at. */
export function openDescriptors(): readonly Descriptor[] {
  return readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      return [{ fd: Number(name), link: readlinkSync(`/proc/self/fd/${name}`) }];
    } catch {
      return [];
    }
  });
}

/**
 * Those above `last` that Node did not make itself: files, and pipes of which only one end is here. Node opens a terminal that is
 * a standard stream once more for itself, with the first socket it destroys.
 */
export function foreignDescriptors(
  all: readonly Descriptor[],
  last: number,
): readonly Descriptor[] {
  const ends = (link: string): number => all.filter((other) => other.link === link).length;
  const terminals = new Set(
    all.filter(({ fd, link }) => fd <= 2 && link.startsWith("/dev/")).map(({ link }) => link),
  );
  return all.filter(({ fd, link }) => {
    if (fd <= last || link === "/dev/null" || terminals.has(link)) return false;
    if (link.startsWith("pipe:")) return ends(link) < 2;
    return !link.startsWith("anon_inode:") && !link.startsWith("/proc/");
  });
}

/**
 * Closes what came from outside above `last`; called before anything of ours is open. Node marks inherited descriptors
 * as close-on-exec up to the first gap only, so that the others would go on to the agent.
 */
export function closeInherited(last: number): void {
  const all = openDescriptors();
  const foreign = new Set(foreignDescriptors(all, last));
  for (const descriptor of all) {
    const { fd } = descriptor;
    if (fd > last && (foreign.has(descriptor) || !isClosedOnExec(fd))) closeQuietly(fd);
  }
}

function isClosedOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) !== 0;
  } catch {
    return true;
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // EBADF: the directory's own descriptor, closed already.
  }
}
