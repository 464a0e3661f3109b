/**
 * A folder held open: every step from it is a single name that no link can lead elsewhere. `/proc/self/fd/N/name` is openat(2)
 * and its family for a program that has none (proc_pid_fd(5)).
 */
import type { BigIntStats } from "node:fs";
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  opendirSync,
  readlinkSync,
  renameSync,
  writeSync,
} from "node:fs";
import { bytesOf, kindOf } from "../names.ts";
import type { Named } from "../names.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;
/** open(2): a handle on the file itself, whatever its mode; Node has no name for it. */
const O_PATH = 0o10000000;

export class OpenFolder implements Disposable {
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** A path of ours, or one whose real path is known; its last name must be no link. */
  static open(path: string): OpenFolder {
    return new OpenFolder(openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  /** Throws the system's error if it is a link (ENOTDIR, ELOOP), no folder, or closed to us. */
  folder(name: string): OpenFolder {
    return new OpenFolder(openSync(this.#at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  /** Every name in it, read as it is asked for: there may be millions. */
  *entries(): Generator<Named, void> {
    const dir = opendirSync(`/proc/self/fd/${this.fd}/`, { encoding: "latin1", bufferSize: 256 });
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync())
        yield { name: entry.name, kind: kindOf(entry) };
    } finally {
      dir.closeSync();
    }
  }

  /** Of the name itself, also where it is a link. */
  stat(name: string): BigIntStats | undefined {
    return lstatSync(this.#at(name), { bigint: true, throwIfNoEntry: false });
  }

  /** Of the folder. */
  ownStat(): BigIntStats {
    return fstatSync(this.fd, { bigint: true });
  }

  link(name: string): Buffer {
    return readlinkSync(this.#at(name), { encoding: "buffer" });
  }

  /** Gives a name away to another folder; what stands there is not opened. The name there must be free. */
  move(name: string, to: OpenFolder, as: string): void {
    renameSync(this.#at(name), to.#at(as));
  }

  makeFolder(name: string, mode: number): void {
    mkdirSync(this.#at(name), { mode });
  }

  /** Makes a new file; whatever stands there already stops it. */
  write(name: string, content: Buffer, mode: number, owner?: { uid: number; gid: number }): void {
    const fd = openSync(this.#at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for (let at = 0; at < content.length;) at += writeSync(fd, content, at);
      if (owner !== undefined) chownSync(`/proc/self/fd/${fd}`, owner.uid, owner.gid);
      chmodSync(`/proc/self/fd/${fd}`, mode);
    } finally {
      closeSync(fd);
    }
  }

  /** Sets its own mode. */
  setMode(mode: number): void {
    chmodSync(`/proc/self/fd/${this.fd}`, mode);
  }

  /** Sets the mode of a folder in it, never of what a link leads to. */
  setFolderMode(name: string, mode: number): void {
    const fd = openSync(this.#at(name), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    try {
      chmodSync(`/proc/self/fd/${fd}`, mode);
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }

  #at(name: string): Buffer {
    if (name === "" || name === "." || name === ".." || /[/\0]/.test(name))
      throw new RangeError(`no single name: ${JSON.stringify(name)}`);
    return bytesOf(`/proc/self/fd/${this.fd}/${name}`);
  }
}

/** Tells a file from any other that ever had its name: an inode's number is given again, but not at the same birth. */
export function identityOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`;
}
