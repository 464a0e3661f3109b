/** The host's programs and libraries, read-only, as bubblewrap's arguments: /usr and what stands for it in the root. */
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { maskedFiles, maskedFolders, readOnly } from "../kernel-files.ts";

const rootFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] as const;

/** On merged-usr systems the root folders are links into /usr and become the same links; elsewhere they are bound. */
export function systemView(): readonly string[] {
  const args = ["--ro-bind", "/usr", "/usr"];
  for (const name of rootFolders) {
    const path = `/${name}`;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() === true) args.push("--symlink", readlinkSync(path), path);
    else if (found?.isDirectory() === true) args.push("--ro-bind", path, path);
  }
  return args;
}

/** A new /proc with its dangerous parts covered. */
export function procView(hostProcesses: boolean): readonly string[] {
  const args = hostProcesses ? ["--bind", "/proc", "/proc"] : ["--proc", "/proc"];
  for (const path of maskedFiles) if (existsSync(path)) args.push("--ro-bind", "/dev/null", path);
  for (const path of maskedFolders)
    if (existsSync(path))
      args.push("--perms", "0555", "--size", "4096", "--tmpfs", path, "--remount-ro", path);
  for (const path of readOnly) if (existsSync(path)) args.push("--ro-bind", path, path);
  return args;
}

/** Own devices and pseudo-terminals, nothing of the host's; the folder itself cannot be filled up. */
export function deviceView(sharedMemory: number): readonly string[] {
  return [
    "--dev",
    "/dev",
    "--perms",
    "1777",
    "--size",
    String(sharedMemory),
    "--tmpfs",
    "/dev/shm",
    "--remount-ro",
    "/dev",
  ];
}
