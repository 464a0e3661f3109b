/** Hardware virtualisation: rungs with a kernel of their own want it. */
import { join } from "node:path";
import { rootRemedy } from "../../backends/distribution.ts";
import { readVirtualization } from "../../host/virtualization.ts";
import type { Check } from "../../lifecycle/backend.ts";
import { may } from "./host.ts";
import type { DoctorHost } from "./host.ts";

export async function kvm(host: DoctorHost): Promise<Check> {
  const name = "kvm";
  const device = join(host.root, "/dev/kvm");
  if (!(await may(device, "F_OK")))
    return {
      name,
      state: "open",
      detail: "no /dev/kvm; only rungs with a kernel of their own use it",
    };
  const { kind, detail } = readVirtualization(host.root);
  if (kind === "emulated") return { name, state: "open", detail };
  if ((await may(device, "R_OK")) && (await may(device, "W_OK")))
    return { name, state: "good", detail: `${detail}, and can be opened` };
  return {
    name,
    state: "open",
    detail: "/dev/kvm is there, and not for this user",
    remedy: rootRemedy('usermod -aG kvm "$USER"', host.uid),
  };
}
