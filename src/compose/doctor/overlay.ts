/** overlayfs: image-based rungs stack a bottle's own files on an image with it; the namespace rung does not. */
import type { Check } from "../../lifecycle/backend.ts";
import { hasModule } from "../../host/modules.ts";
import { readSystem } from "./host.ts";
import type { DoctorHost } from "./host.ts";

export function overlay(host: DoctorHost): Check {
  const name = "overlay";
  const ready = /^nodev\toverlay$/m.test(readSystem(host, "/proc/filesystems") ?? "");
  if (ready) return { name, state: "good", detail: "the kernel has overlayfs" };
  return hasModule(host, "overlay")
    ? { name, state: "good", detail: "overlayfs is a module that can be loaded" }
    : { name, state: "open", detail: "no overlayfs; the namespace rung does not need it" };
}
