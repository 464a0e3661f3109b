/** Small parts whose mistakes would be quiet: host uids, descriptor numbers, filter jumps, process trees. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeDescriptors } from "./descriptors.ts";
import { ownerOf } from "../owner.ts";
import { readTree } from "../processes.ts";
import { readProcess } from "../../host/process.ts";
import { answer, assemble, unlessOneOf, whenEqual } from "./seccomp/bpf.ts";
import { seccompFilter } from "./seccomp/filter.ts";

const everything = "0 0 4294967295\n";

describe("the owner of a bottle", () => {
  test("is the user, unless that is root", () => {
    expect(ownerOf("a-00001", { uid: 1000, gid: 100 })).toEqual({ uid: 1000, gid: 100 });
  });

  test("is never root, and the same for the same bottle", () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const { uid, gid } = ownerOf(id, { uid: 0, gid: 0 }, [everything, everything]);
        expect(uid).toBeGreaterThanOrEqual(0x78000000);
        expect(uid).toBeLessThan(0x79000000);
        expect(gid).toBe(uid);
        expect(ownerOf(id, { uid: 0, gid: 0 }, [everything, everything]).uid).toBe(uid);
      }),
    );
  });

  test("is nobody in a container with few uids, and no bottle is made without any", () => {
    const few = "         0     100000      65536\n";
    expect(ownerOf("a-00001", { uid: 0, gid: 0 }, [few, few]).uid).toBe(65534);
    expect(() => ownerOf("a-00001", { uid: 0, gid: 0 }, ["0 1000 1\n", few])).toThrow(RangeError);
  });
});

test("every leaking descriptor is replaced, and no number is given twice or below the reserved ones", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 3, max: 300 })),
      fc.integer({ min: 1, max: 12 }),
      (leaking, wanted) => {
        const places = placeDescriptors(wanted, leaking, 3);
        expect(places.length).toBeGreaterThanOrEqual(wanted);
        expect(new Set(places).size).toBe(places.length);
        expect(Math.min(...places)).toBeGreaterThan(3);
        for (const fd of leaking) if (fd > 3) expect(places).toContain(fd);
      },
    ),
  );
});

describe("the filter's assembler", () => {
  test("refuses a jump that does not fit", () => {
    const long = Array.from({ length: 256 }, () => answer(0));
    expect(() => whenEqual(1, long)).toThrow(RangeError);
  });

  test("jumps from every value of a list to the same place", () => {
    const program = unlessOneOf([7, 8, 9], [answer(0)]);
    const targets = program.slice(0, 3).map((step, index) => index + 1 + step.jt);
    expect(new Set(targets)).toEqual(new Set([program.length]));
    expect(assemble(program).length).toBe(program.length * 8);
  });

  test.each(["x64", "arm64"] as const)(
    "makes a program for %s whose jumps all stay inside and that ends with an answer",
    (machine) => {
      const bytes = seccompFilter(machine);
      const steps = bytes.length / 8;
      expect(steps).toBeLessThanOrEqual(4096);
      for (let at = 0; at < steps; at += 1) {
        const isJump = (bytes.readUInt16LE(at * 8) & 7) === 5;
        if (!isJump) continue;
        expect(at + 1 + bytes.readUInt8(at * 8 + 2)).toBeLessThan(steps);
        expect(at + 1 + bytes.readUInt8(at * 8 + 3)).toBeLessThan(steps);
      }
      expect(bytes.readUInt16LE((steps - 1) * 8)).toBe(6);
    },
  );
});

test.skipIf(process.platform !== "linux")(
  "a process is found with its parent, and a process that is not there is not",
  () => {
    expect(readProcess(process.pid)).toMatchObject({ parent: process.ppid, zombie: false });
    expect(readTree(process.ppid).map(({ pid }) => pid)).toContain(process.pid);
    expect(readProcess(2 ** 30)).toBeUndefined();
  },
);
