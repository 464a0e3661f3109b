/** Which kernel this is. */
import type { Check } from "../../lifecycle/backend.ts";
import type { DoctorHost } from "./host.ts";

export function kernel({ platform, kernel: version, arch }: DoctorHost): Check {
  const name = "kernel";
  return platform === "linux"
    ? { name, state: "good", detail: `Linux ${version} on ${arch}` }
    : { name, state: "bad", detail: `${platform} ${version}: bottles of this version need Linux` };
}
