/** Reads a folder that something hostile wrote, and may still be writing: every step is taken from an open folder, no link is followed. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  readlinkSync,
} from "node:fs";
import type { BigIntStats, Dirent } from "node:fs";
import { bytesOf, kindOf } from "./names.ts";
import type { Named } from "./names.ts";

const { O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** An open file with what fstat(2) says of it. */
export interface OpenFile extends Disposable {
  readonly fd: number;
  readonly size: number;
  readonly executable: boolean;
  /** Milliseconds since the epoch: of the content, and of anything about the file, which no program can set (utimensat(2)). */
  readonly modifiedAt: number;
  readonly changedAt: number;
}

/** A folder held open; `/proc/self/fd/N/name` is openat(2) for a program that has no openat (proc_pid_fd(5)). */
export class SafeFolder implements Disposable {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens a path of ours. */
  static open(path: string): SafeFolder {
    return new SafeFolder(openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  /** The folder below, however deep; undefined if any step is missing, a link, or no folder. */
  folder(path: string): SafeFolder | undefined {
    let fd = reopen(this.#fd);
    for (const step of path === "" ? [] : path.split("/")) {
      const next = openStep(fd, step, O_DIRECTORY);
      closeSync(fd);
      if (next === undefined) return undefined;
      fd = next;
    }
    return new SafeFolder(fd);
  }

  /** A regular file of this folder; undefined for anything else. */
  file(name: string): OpenFile | undefined {
    const fd = openStep(this.#fd, name, O_NONBLOCK | O_NOCTTY);
    if (fd === undefined) return undefined;
    const found = fstatSync(fd);
    if (!found.isFile()) {
      closeSync(fd);
      return undefined;
    }
    return {
      fd,
      size: found.size,
      executable: (found.mode & 0o100) !== 0,
      modifiedAt: found.mtimeMs,
      changedAt: found.ctimeMs,
      [Symbol.dispose]: () => closeSync(fd),
    };
  }

  /** A file's whole content; undefined if it is not there, no regular file, or longer than `max` bytes. */
  read(name: string, max: number): Buffer | undefined {
    using file = this.file(name);
    if (file === undefined || file.size > max) return undefined;
    const content = Buffer.alloc(file.size + 1);
    let end = 0;
    for (;;) {
      const count = readSync(file.fd, content, end, content.length - end, null);
      end += count;
      if (count === 0) return content.subarray(0, end);
      // It grew while it was read.
      if (end === content.length) return undefined;
    }
  }

  /** Where a link points to, as text; undefined if it is none. */
  link(name: string): Buffer | undefined {
    if (!isStep(name)) return undefined;
    try {
      return readlinkSync(stepPath(this.#fd, name), { encoding: "buffer" });
    } catch {
      return undefined;
    }
  }

  /** A path to the entry that leads through this open folder; for calls that follow no link at its end. Throws for no single name. */
  at(name: string): Buffer {
    if (!isStep(name)) throw new RangeError("not the name of an entry");
    return stepPath(this.#fd, name);
  }

  /** What fstat(2) says of the folder itself. */
  self(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  /** What lstat(2) says of an entry; undefined if there is none. */
  stat(name: string): BigIntStats | undefined {
    if (!isStep(name)) return undefined;
    return lstatSync(stepPath(this.#fd, name), { bigint: true, throwIfNoEntry: false });
  }

  /** The entries one by one, so that a folder of a hundred million costs no memory. */
  *names(): Generator<Named> {
    const options = { encoding: "buffer" as BufferEncoding, bufferSize: 256 };
    const folder = opendirSync(`/proc/self/fd/${this.#fd}/`, options);
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync())
        yield namedOf(entry);
    } finally {
      folder.closeSync();
    }
  }

  /** Milliseconds since the epoch at which the entry or its content last changed: nobody but the kernel sets it (inode(7)). */
  changedAt(name: string): number | undefined {
    if (!isStep(name)) return undefined;
    return lstatSync(stepPath(this.#fd, name), { throwIfNoEntry: false })?.ctimeMs;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function namedOf(entry: Dirent): Named {
  // The types know no folder that is read in bytes; Node does (fs.opendir).
  return { name: (entry.name as unknown as Buffer).toString("latin1"), kind: kindOf(entry) };
}

function reopen(fd: number): number {
  return openSync(`/proc/self/fd/${fd}/`, O_RDONLY | O_DIRECTORY);
}

function openStep(fd: number, name: string, flags: number): number | undefined {
  if (!isStep(name)) return undefined;
  try {
    return openSync(stepPath(fd, name), O_RDONLY | O_NOFOLLOW | flags);
  } catch {
    return undefined;
  }
}

function isStep(name: string): boolean {
  return (
    name !== "" && name !== "." && name !== ".." && !name.includes("/") && !name.includes("\0")
  );
}

function stepPath(fd: number, name: string): Buffer {
  return bytesOf(`/proc/self/fd/${fd}/${name}`);
}
