/** Whether this machine can run machines: what a rung with a kernel of its own stands on, read as it is and not as it is called. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `hardware`: the processor does it. `nested`: it does, and this machine is itself a guest, whose host sees to it. `emulated`: there
 * is a /dev/kvm, and no processor behind it. `none`: there is no /dev/kvm.
 */
export type VirtualizationKind = "hardware" | "nested" | "emulated" | "none";

export interface Virtualization {
  readonly kind: VirtualizationKind;
  readonly detail: string;
}

/** `root`: `/`, or what stands for it. */
export function readVirtualization(root: string): Virtualization {
  if (!existsSync(join(root, "/dev/kvm")))
    return { kind: "none", detail: "there is no /dev/kvm on this machine" };
  const processor = readText(join(root, "/proc/cpuinfo"));
  const flags = wordsOf(processor, "flags");
  // Other processors than x86 list no such flag, and have a /dev/kvm only with the hardware (arch/arm64/kvm).
  if (flags === undefined) return { kind: "hardware", detail: "/dev/kvm is there" };
  const model = /^model name\s*:\s*(.*)$/m.exec(processor)?.[1] ?? "";
  if (/\bTCG\b/.test(model))
    return { kind: "emulated", detail: "the processor that /dev/kvm runs on is itself emulated" };
  if (!flags.has("vmx") && !flags.has("svm"))
    return {
      kind: "emulated",
      detail: "there is a /dev/kvm, but the processor has no virtualisation (neither vmx nor svm)",
    };
  return flags.has("hypervisor")
    ? { kind: "nested", detail: "/dev/kvm is there, nested: this machine is itself a virtual one" }
    : { kind: "hardware", detail: "/dev/kvm is there, on hardware" };
}

/** Of the first processor (proc_cpuinfo(5)). */
function wordsOf(processor: string, field: string): ReadonlySet<string> | undefined {
  const line = new RegExp(`^${field}\\s*:\\s*(.*)$`, "m").exec(processor)?.[1];
  return line === undefined ? undefined : new Set(line.split(" "));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
