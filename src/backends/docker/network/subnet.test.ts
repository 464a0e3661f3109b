import { describe, expect, it } from "vitest";
import { subnetsOf } from "./subnet.ts";

function number(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

describe("the addresses of a bottle's networks", () => {
  const ids = Array.from({ length: 2000 }, (_none, index) => `claude-${index.toString(36)}`);

  it("are of the range for tests of network devices, in two pieces of eight that have nothing in common", () => {
    for (const id of ids) {
      const { inside, outside } = subnetsOf(id, 0);
      for (const { cidr, bridge, gateway, bottle, others } of [inside, outside]) {
        const [base = ""] = cidr.split("/");
        expect(cidr).toMatch(/^198\.19\.\d+\.\d+\/29$/);
        expect(number(base) % 8).toBe(0);
        const all = [bridge, gateway, bottle, ...others].map((at) => number(at) - number(base));
        expect(all).toEqual([1, 2, 3, 4, 5, 6]);
      }
      expect(inside.cidr).not.toBe(outside.cidr);
    }
  });

  it("are the same for the same bottle, and others at the next try", () => {
    const tries = Array.from({ length: 20 }, (_none, attempt) =>
      subnetsOf("claude-abcde", attempt),
    );
    expect(subnetsOf("claude-abcde", 0)).toEqual(tries[0]);
    expect(new Set(tries.map(({ inside }) => inside.cidr)).size).toBeGreaterThan(15);
  });
});
