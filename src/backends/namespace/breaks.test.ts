/** Each boundary is broken once: what its probe looks for is then really open, and closed in every other bottle. */
import { chownSync, mkdirSync, readlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openLab } from "../../../tests/support/namespace-lab.ts";
import type { LaunchSpec } from "../../lifecycle/backend.ts";
import type { Breakable } from "./breaks.ts";

/** A script that prints `open` only where the boundary is open. */
const attacks: Readonly<Record<Breakable, string>> = {
  network: `[ "$(readlink /proc/self/ns/net)" = "${hostNetwork()}" ] && echo open`,
  processes: `[ -e /proc/${process.pid}/status ] && grep -q ^Name /proc/${process.pid}/status && echo open`,
  ptrace: `[ -e /proc/${process.pid}/status ] && echo open`,
  home: `[ -e ${homedir()} ] && echo open`,
  root: "(: > /outside) 2>/dev/null && echo open",
  sysctl:
    'python3 -c \'import os; os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY); print("open")\' 2>/dev/null',
  "user-namespaces": "unshare --user true 2>/dev/null && echo open",
  seccomp: "grep -q '^Seccomp:.0' /proc/self/status && echo open",
  "control-socket": "[ -d RUN ] && echo open",
  workspace: "mkdir -p .git && mv .git/hooks .git/other 2>/dev/null && echo open",
  mounts: "(: > /data/new) 2>/dev/null && echo open",
  capabilities: "grep -q '^CapEff:.0*$' /proc/self/status || echo open",
};

test.each(Object.keys(attacks) as Breakable[])(
  "breaking the boundary %s opens it, and only a bottle with it broken",
  async (name) => {
    using lab = openLab();
    const script = (dir: string): string => attacks[name].replace("RUN", dir);
    const shared = (spec: LaunchSpec): LaunchSpec => {
      const data = join(lab.dir, "data");
      for (const path of [data, join(spec.workspace, ".git/hooks")])
        mkdirSync(path, { recursive: true });
      for (const path of [data, join(spec.workspace, ".git"), join(spec.workspace, ".git/hooks")])
        if (process.getuid?.() === 0) chownSync(path, lab.backend.owner(spec.id).uid, -1);
      const point = { identity: "" };
      return {
        ...spec,
        points: [
          { ...point, path: ".git", mode: "rw" },
          { ...point, path: ".git/hooks", mode: "ro" },
        ],
        mounts: [{ source: data, target: "/data", mode: "ro" }],
      };
    };
    const whole = shared(lab.spec());
    await using closed = await lab.launch(whole);
    expect((await closed.sh(script(dirname(whole.linkDir)))).stdout).toBe("");
    const spec = shared(lab.spec({ breakBoundary: name }));
    await using broken = await lab.launch(spec);
    expect((await broken.sh(script(dirname(spec.linkDir)))).stdout).toBe("open\n");
  },
);

test("another part's boundary changes nothing here", async () => {
  using lab = openLab();
  await using bottle = await lab.launch({ breakBoundary: "gateway-policy" });
  for (const script of Object.values(attacks)) expect((await bottle.sh(script)).stdout).toBe("");
});

function hostNetwork(): string {
  return readlinkSync("/proc/self/ns/net");
}
