import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readVirtualization } from "./virtualization.ts";

function kindOf(processor: string | undefined, kvm = true): string {
  const root = mkdtempSync(join(tmpdir(), "virtualization-"));
  for (const folder of ["dev", "proc"]) mkdirSync(join(root, folder));
  if (kvm) writeFileSync(join(root, "dev/kvm"), "");
  if (processor !== undefined) writeFileSync(join(root, "proc/cpuinfo"), processor);
  const { kind, detail } = readVirtualization(root);
  rmSync(root, { recursive: true });
  expect(detail).not.toBe("");
  return kind;
}

const x86 = (flags: string, model = "A Processor"): string =>
  `processor\t: 0\nmodel name\t: ${model}\nflags\t\t: fpu vme ${flags} lm\nbugs\t: x\n\n`;

describe("virtualisation of a machine", () => {
  it.each([
    ["none", x86("vmx"), false],
    ["none", undefined, false],
    ["hardware", x86("vmx"), true],
    ["hardware", x86("svm"), true],
    ["nested", x86("svm hypervisor"), true],
    // A kernel that runs guests as programs (kvm_pvm), with no help of the processor.
    ["emulated", x86("hypervisor"), true],
    ["emulated", x86("svm hypervisor", "QEMU TCG CPU version 2.5+"), true],
    // arm64: no line of that name.
    ["hardware", "processor\t: 0\nFeatures\t: fp asimd\n", true],
  ] as const)("is %s for %j", (kind, processor, kvm) => {
    expect(kindOf(processor, kvm)).toBe(kind);
  });
});
