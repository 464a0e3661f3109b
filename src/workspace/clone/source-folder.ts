/** A folder of the source, held open: whatever takes its place later is not read for it. */
import { closeSync, constants, fstatSync, openSync, readlinkSync } from "node:fs";
import { namesIn, printable } from "../names.ts";
import type { Named } from "../names.ts";
import { sourcePath } from "./copy-job.ts";
import type { CopyJob } from "./copy-job.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

export interface SourceFolder extends Disposable {
  /** `PATH/NAME` is openat(2) for a program that has no openat (proc_pid_fd(5)). */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  names(): readonly Named[];
}

/** Undefined if it is gone by now, or may not be read, which is noted. */
export function openFolder(job: CopyJob, path: string): SourceFolder | undefined {
  const real = sourcePath(job, path);
  const fd = openReal(job, path, real);
  if (fd === undefined) return undefined;
  const own = `/proc/self/fd/${fd}`;
  // A link that took the place of a folder above would lead elsewhere.
  if (!readlinkSync(own, { encoding: "buffer" }).equals(real)) {
    closeSync(fd);
    throw Object.assign(new Error("moved"), { code: "ESTALE" });
  }
  return {
    path: own,
    mode: fstatSync(fd).mode & 0o777,
    names: () => namesIn(`${own}/`),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function openReal(job: CopyJob, path: string, real: Buffer): number | undefined {
  try {
    return openSync(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    job.unreadable.push(path === "" ? "." : printable(path));
    return undefined;
  }
}
