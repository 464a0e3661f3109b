import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lacksProgram, need, notApplicable } from "../support/require.ts";

/** Stands in for a test's context: what vitest would be told. */
function recorder(): { notes: string[]; skip: (note?: string) => never } {
  const notes: string[] = [];
  return {
    notes,
    skip: (note?: string) => {
      notes.push(String(note));
      throw new Error("skipped");
    },
  };
}

describe("a test that needs a part", () => {
  beforeEach(() => vi.stubEnv("BOTTLE_REQUIRE", ""));
  afterEach(() => vi.unstubAllEnvs());

  it("goes on where the part is there", () => {
    const context = recorder();
    need(context, undefined);
    expect(context.notes).toEqual([]);
  });

  it("is skipped with its reason where the part is missing", () => {
    const context = recorder();
    expect(() => need(context, "no gdb here")).toThrow("skipped");
    expect(context.notes).toEqual(["no gdb here"]);
  });

  it("fails where everything is required", () => {
    vi.stubEnv("BOTTLE_REQUIRE", "all");
    const context = recorder();
    expect(() => need(context, "no gdb here")).toThrow("BOTTLE_REQUIRE=all: no gdb here");
    expect(context.notes).toEqual([]);
  });

  it("is set apart, also where everything is required, when its case cannot be here", () => {
    vi.stubEnv("BOTTLE_REQUIRE", "all");
    const context = recorder();
    expect(() => notApplicable(context, "no KVM")).toThrow("skipped");
    expect(context.notes).toEqual(["not applicable: no KVM"]);
  });

  it("names the programs it lacks", () => {
    expect(lacksProgram("sh")).toBeUndefined();
    expect(lacksProgram("sh", "bottle-no-such-program")).toBe(
      "not installed: bottle-no-such-program",
    );
  });
});
