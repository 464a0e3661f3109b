/** Which descriptors a child of ours would inherit by accident, and how the bottle gets none of them. */
import { readFileSync, readdirSync } from "node:fs";

/** `O_CLOEXEC` in the octal flags of proc_pid_fdinfo(5). */
const closeOnExec = 0o2000000;

/** Descriptors above standard error that survive an exec, because some library or our own parent left them so. */
export function leakingDescriptors(): readonly number[] {
  const leaking: number[] = [];
  for (const name of readdirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (fd > 2 && survivesExec(fd)) leaking.push(fd);
  }
  return leaking.sort((a, b) => a - b);
}

function survivesExec(fd: number): boolean {
  let info: string;
  try {
    info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
  } catch {
    // The directory's own descriptor, closed since.
    return false;
  }
  const flags = /^flags:\s+([0-7]+)$/m.exec(info)?.[1];
  return flags === undefined || (Number.parseInt(flags, 8) & closeOnExec) === 0;
}

/**
 * Numbers for descriptors that bubblewrap consumes and closes: a leaking number is taken first, so that what leaked there
 * is replaced and gone before the helper starts. At least `wanted` numbers, all above `reserved`.
 */
export function placeDescriptors(
  wanted: number,
  leaking: readonly number[],
  reserved: number,
): readonly number[] {
  const places = leaking.filter((fd) => fd > reserved);
  for (let fd = reserved + 1; places.length < wanted; fd += 1)
    if (!places.includes(fd)) places.push(fd);
  return places;
}
