/** What the checks look at: the caller's own environment, and this machine through a root that a test may replace. */
import { readFileSync } from "node:fs";
import { access, constants, statfs } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import type { Host } from "../paths.ts";

export interface DoctorHost extends Host {
  readonly platform: string;
  readonly arch: string;
  /** Of the kernel, as uname(2) says. */
  readonly kernel: string;
  /** Of Node, without the `v`. */
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** `/`, or what stands for it: only the system's own files are looked for below it. */
  readonly root: string;
  /** Bytes and files that this user can still make where `path` is. */
  readonly room: (path: string) => Promise<{ readonly bytes: number; readonly files: number }>;
}

export function thisMachine(host: Host): DoctorHost {
  return {
    ...host,
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
    node: process.versions.node,
    now: () => Date.now(),
    root: "/",
    room: async (path) => {
      const { bavail, bsize, ffree, files } = await statfs(path);
      // Some file systems count no files (btrfs, overlay on it) and say 0 of 0.
      return { bytes: bavail * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree };
    },
  };
}

/** The text of a system file, or undefined. */
export function readSystem(host: DoctorHost, path: string): string | undefined {
  try {
    return readFileSync(join(host.root, path), "utf8");
  } catch {
    return undefined;
  }
}

/** Whether this user may do that with the path; `F_OK`: whether it is there. */
export async function may(path: string, mode: keyof typeof constants): Promise<boolean> {
  return access(path, constants[mode]).then(
    () => true,
    () => false,
  );
}
