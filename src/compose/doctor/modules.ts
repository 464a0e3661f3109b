/** Whether a part of the kernel is built in, loaded, or there to be loaded (modprobe(8), kernel/kbuild.rst). */
import { readSystem } from "./host.ts";
import type { DoctorHost } from "./host.ts";

/** `name` with underscores, as lsmod(8) writes it. */
export function hasModule(host: DoctorHost, name: string): boolean {
  const folder = `/lib/modules/${host.kernel}`;
  const loaded = readSystem(host, "/proc/modules") ?? "";
  if (loaded.split("\n").some((line) => line.startsWith(`${name} `))) return true;
  const file = new RegExp(`(?:^|/)${name.replaceAll("_", "[_-]")}\\.ko`, "m");
  return ["modules.builtin", "modules.dep"].some((list) =>
    file.test(readSystem(host, `${folder}/${list}`) ?? ""),
  );
}
