/** Whether a part of the kernel is built in, loaded, or there to be loaded (modprobe(8), kernel/kbuild.rst). */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface KernelHost {
  /** `/`, or what stands for it. */
  readonly root: string;
  /** Of the kernel, as uname(2) says. */
  readonly kernel: string;
}

/** `name` with underscores, as lsmod(8) writes it. */
export function hasModule({ root, kernel }: KernelHost, name: string): boolean {
  const read = (path: string): string => {
    try {
      return readFileSync(join(root, path), "utf8");
    } catch {
      return "";
    }
  };
  if (
    read("/proc/modules")
      .split("\n")
      .some((line) => line.startsWith(`${name} `))
  )
    return true;
  const file = new RegExp(`(?:^|/)${name.replaceAll("_", "[_-]")}\\.ko`, "m");
  return ["modules.builtin", "modules.dep"].some((list) =>
    file.test(read(`/lib/modules/${kernel}/${list}`)),
  );
}
