import { describe, expect, it } from "vitest";
import { allowedCalls } from "./calls.ts";
import { gvisorProfile } from "./gvisor-profile.ts";
import { seccompProfile } from "./profile.ts";

interface Entry {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly unknown[];
}

function entries(text: string): readonly Entry[] {
  return (JSON.parse(text) as { readonly syscalls: readonly Entry[] }).syscalls;
}

function namesOf(profile: readonly Entry[], action: string, free: boolean): readonly string[] {
  return profile
    .filter((entry) => entry.action === action && (entry.args === undefined) === free)
    .flatMap(({ names }) => names);
}

const profile = entries(gvisorProfile());
const allowed = namesOf(profile, "SCMP_ACT_ALLOW", true);
const refused = namesOf(profile, "SCMP_ACT_ERRNO", true);

describe("the filter of a container of gVisor", () => {
  it("answers what it does not name as a kernel would that does not know it", () => {
    expect(JSON.parse(gvisorProfile())).toMatchObject({ defaultAction: "SCMP_ACT_TRACE" });
  });

  it("allows nothing that runc's does not, but core limits, which mean nothing there", () => {
    const other = namesOf(entries(seccompProfile()), "SCMP_ACT_ALLOW", true);
    expect(allowed.filter((name) => !other.includes(name)).toSorted()).toEqual([
      "prlimit64",
      "setrlimit",
    ]);
  });

  it("lets no process trace another: a tracer changes calls that the filter has passed", () => {
    expect(allowedCalls).toContain("ptrace");
    expect(allowed).not.toContain("ptrace");
    expect(refused).toContain("ptrace");
  });

  it("refuses every call that it allows with some arguments only, after those rules", () => {
    const conditional = new Set(namesOf(profile, "SCMP_ACT_ALLOW", false));
    expect(refused).toEqual(expect.arrayContaining([...conditional]));
    expect(profile.at(-1)?.action).toBe("SCMP_ACT_ERRNO");
    expect(refused.filter((name) => allowed.includes(name))).toEqual([]);
    expect(new Set(refused).size).toBe(refused.length);
  });

  it("opens the namespace calls for the test that breaks that boundary, and for nobody else", () => {
    const open = entries(gvisorProfile("user-namespaces"));
    expect(allowed).not.toContain("unshare");
    expect(namesOf(open, "SCMP_ACT_ALLOW", true)).toContain("unshare");
    expect(namesOf(open, "SCMP_ACT_ERRNO", true)).not.toContain("unshare");
  });
});
