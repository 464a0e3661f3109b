/** A folder held open to be written in: every name is one step from it, and no link is followed (openat(2), proc_pid_fd(5)). */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { bytesOf } from "../workspace/names.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } =
  constants;

export class OpenFolder implements Disposable {
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** A path of ours. */
  static open(path: string): OpenFolder {
    return new OpenFolder(openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  /**
   * The folder below; undefined if any step is missing, a link, or no folder. One that its owner closed to himself is opened, where
   * it must be for this.
   */
  below(path: string, writable: boolean = false): OpenFolder | undefined {
    let fd = openSync(`/proc/self/fd/${this.fd}/`, O_RDONLY | O_DIRECTORY);
    for (const step of path === "" ? [] : path.split("/")) {
      const next = openStep(fd, step);
      closeSync(fd);
      if (next === undefined) return undefined;
      fd = next;
    }
    if (writable) {
      const { mode } = fstatSync(fd);
      if ((mode & 0o700) !== 0o700) fchmodSync(fd, (mode & 0o777) | 0o700);
    }
    return new OpenFolder(fd);
  }

  at(name: string): Buffer {
    return stepPath(this.fd, name);
  }

  stat(name: string): Stats | undefined {
    return lstatSync(stepPath(this.fd, name), { throwIfNoEntry: false });
  }

  /** For reading; undefined for what is no regular file that can be read. */
  file(name: string): { readonly fd: number; readonly stat: Stats } | undefined {
    let fd: number;
    try {
      fd = openSync(stepPath(this.fd, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    } catch {
      return undefined;
    }
    const stat = fstatSync(fd);
    if (stat.isFile()) return { fd, stat };
    closeSync(fd);
    return undefined;
  }

  /** A new file, closed to others; throws if anything has that name. */
  create(name: string): number {
    return openSync(stepPath(this.fd, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  names(): readonly string[] {
    const names = readdirSync(`/proc/self/fd/${this.fd}/`, { encoding: "buffer" });
    return names.map((name) => name.toString("latin1"));
  }

  makeFolder(name: string): void {
    mkdirSync(stepPath(this.fd, name), { mode: 0o700 });
  }

  /** Takes away whatever has that name, with everything in it. */
  remove(name: string): void {
    const found = this.stat(name);
    if (found === undefined) return;
    if (!found.isDirectory()) return unlinkSync(stepPath(this.fd, name));
    const below = this.below(name, true);
    if (below === undefined) throw new Error("a folder changed while it was removed");
    try {
      for (const inside of below.names()) below.remove(inside);
    } finally {
      below[Symbol.dispose]();
    }
    rmdirSync(stepPath(this.fd, name));
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

function openStep(fd: number, name: string): number | undefined {
  const path = stepPath(fd, name);
  const open = (): number => openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    return open();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" || !lstatSync(path).isDirectory()) return undefined;
    chmodSync(path, 0o700);
    return open();
  }
}

function stepPath(fd: number, name: string): Buffer {
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0"))
    throw new RangeError("not the name of an entry");
  return bytesOf(`/proc/self/fd/${fd}/${name}`);
}

/** A path cut into its folder's and its own name. */
export function cut(path: string): readonly [folder: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
}
