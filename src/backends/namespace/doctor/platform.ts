/** System and processor: the rung is made of what Linux gives, and its filter knows two machines. */
import type { Needed } from "./host.ts";
import { machineOf } from "../seccomp/filter.ts";

export const platform: Needed = ({ platform: name, arch }) => {
  if (name !== "linux")
    return {
      name: "platform",
      state: "bad",
      detail: "The namespace rung needs the Linux kernel.",
      remedy: "Use a Linux machine, or another rung.",
    };
  if (machineOf(arch) === null)
    return {
      name: "platform",
      state: "bad",
      detail: `There is no system call filter for ${arch}.`,
      remedy: "Use a machine with an x64 or arm64 processor.",
    };
  return { name: "platform", state: "good", detail: `Linux on ${arch}` };
};
