import { describe, expect, it } from "vitest";
import type { RegisteredRuntime } from "../info.ts";
import { gvisorRuntime } from "./gvisor.ts";
import { runtimeFor } from "../gvisor/runtime.ts";

const { name: ownRuntime, flags: ownFlags } = runtimeFor("socket");

function registered(changes: Partial<RegisteredRuntime>): ReadonlyMap<string, RegisteredRuntime> {
  return new Map([[ownRuntime, { path: "/usr/bin/runsc", args: ownFlags, ...changes }]]);
}

describe("the runtime of gVisor", () => {
  it("is good with its flags in any order, and with what says how it runs", () => {
    for (const args of [ownFlags, ownFlags.toReversed(), [...ownFlags, "--platform=kvm"]])
      expect(gvisorRuntime("socket", registered({ args }), undefined)).toMatchObject({
        state: "good",
      });
  });

  it("is to be installed, or registered, where the daemon does not have it", () => {
    const others = new Map([["runsc", { path: "/usr/bin/runsc", args: [] }]]);
    const missing = gvisorRuntime("socket", others, undefined);
    expect(missing).toMatchObject({ name: "gvisor-runtime", state: "bad" });
    expect(missing.remedy).toContain("Install gVisor's package runsc");
    expect(gvisorRuntime("socket", others, "/usr/bin/runsc")).toMatchObject({
      state: "bad",
      remedy: "Run: bottle doctor --fix",
    });
  });

  it.each(ownFlags)("is not good without %s", (flag) => {
    const args = ownFlags.filter((one) => one !== flag);
    expect(gvisorRuntime("socket", registered({ args }), undefined)).toMatchObject({
      state: "bad",
      detail: `${ownRuntime} lacks ${flag}`,
    });
  });

  it.each([
    "--network=host",
    "--host-uds=all",
    "--directfs=true",
    "--allow-suid",
    "--oci-seccomp=false",
    "--allow-flag-override",
    "--platform=other",
  ])("is not good with %s, whatever else it has", (flag) => {
    expect(
      gvisorRuntime("socket", registered({ args: [...ownFlags, flag] }), undefined),
    ).toMatchObject({
      state: "bad",
      detail: `${ownRuntime} has the flag ${flag}`,
    });
  });

  it("is not good as a shim, which has no flags", () => {
    expect(gvisorRuntime("socket", registered({ path: undefined }), undefined).state).toBe("bad");
  });
});
