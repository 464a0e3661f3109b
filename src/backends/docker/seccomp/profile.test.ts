import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numbers } from "../../namespace/seccomp/numbers.ts";
import { allowedCalls } from "./calls.ts";
import { complementOf } from "./complement.ts";
import { seccompProfile } from "./profile.ts";

interface Profile {
  readonly defaultAction: string;
  readonly archMap: readonly { readonly subArchitectures: readonly string[] }[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly args?: readonly unknown[];
  }[];
}

const profile = JSON.parse(seccompProfile()) as Profile;

/** Allowed whatever the arguments are. */
const free = profile.syscalls
  .filter(({ action, args = [] }) => action === "SCMP_ACT_ALLOW" && args.length === 0)
  .flatMap(({ names }) => names);

describe("the filter of a container", () => {
  it("refuses what it does not name, and every other numbering of calls", () => {
    expect(profile.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(profile.archMap.flatMap(({ subArchitectures }) => subArchitectures)).toEqual([]);
  });

  it("lets nothing through freely that the namespace rung's filter looks at", () => {
    expect(free.filter((name) => name in numbers)).toEqual([]);
  });

  it("names no call twice", () => {
    expect(new Set(allowedCalls).size).toBe(allowedCalls.length);
    for (const name of allowedCalls) expect(name).toMatch(/^[a-z0-9_]+$/);
  });

  it.each(
    "get_mempolicy kcmp mbind move_pages pidfd_getfd process_madvise set_mempolicy".split(" "),
  )("lets %s not through, which Docker's own filter refuses", (name) =>
    expect(free).not.toContain(name),
  );

  it("opens the namespace calls for the test that breaks that boundary, and for nobody else", () => {
    expect(seccompProfile()).not.toContain("unshare");
    expect(seccompProfile("user-namespaces")).toContain("unshare");
  });
});

describe("all numbers but a few", () => {
  const number = fc.integer({ min: 0, max: 0xffffffff });
  it("are just those", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(number, { minLength: 1, maxLength: 4 }),
        number,
        (excluded, one) => {
          const rules = complementOf(excluded);
          const holds = (value: number): boolean =>
            rules.some(({ mask, value: wanted }) => (value & mask) >>> 0 === wanted);
          for (const value of excluded) expect(holds(value)).toBe(false);
          expect(holds(one)).toBe(!excluded.includes(one));
          // Neighbours are where a mistake would be.
          for (const value of excluded)
            for (let bit = 0; bit < 32; bit += 1) {
              const near = (value ^ (1 << bit)) >>> 0;
              expect(holds(near)).toBe(!excluded.includes(near));
            }
        },
      ),
      { seed: 20_261_124 },
    );
  });
});
