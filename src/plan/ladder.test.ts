import { describe, expect, it } from "vitest";
import type { BottleError } from "../errors/error.ts";
import type { RungFact } from "./facts.ts";
import type { RungWish } from "./ladder.ts";
import { chooseRung } from "./ladder.ts";

const yes = (rung: RungFact["rung"]): RungFact => ({
  rung,
  availability: { available: true, detail: "ready" },
});
const no = (rung: RungFact["rung"]): RungFact => ({
  rung,
  availability: { available: false, reason: `no ${rung} here`, remedy: `install ${rung}` },
});
const wish: RungWish = { rung: "namespace", minimum: "namespace" };

function refusal(over: Partial<RungWish>, facts: readonly RungFact[]): BottleError {
  try {
    chooseRung({ ...wish, ...over }, facts);
  } catch (error) {
    return error as BottleError;
  }
  return expect.unreachable("it chose");
}

describe("the ladder", () => {
  it("says of every stronger rung why it was not taken", () => {
    const choice = chooseRung(wish, [yes("namespace"), yes("runc"), yes("gvisor"), no("qemu")]);
    expect(choice).toEqual({
      chosen: "namespace",
      reason: "asked for by the bottle; ready",
      stronger: [
        { rung: "gvisor", reason: "the bottle asks for namespace" },
        { rung: "kata", reason: "not part of this version" },
        { rung: "qemu", reason: "no qemu here" },
        { rung: "firecracker", reason: "not part of this version" },
        { rung: "apple", reason: "not part of this version" },
      ],
    });
  });

  it("auto takes the strongest that is ready and not emulated", () => {
    const facts = [yes("namespace"), yes("gvisor"), { ...yes("qemu"), emulated: true }, no("kata")];
    const choice = chooseRung({ ...wish, rung: "auto" }, facts);
    expect(choice.chosen).toBe("gvisor");
    expect(choice.stronger.find(({ rung }) => rung === "qemu")?.reason).toBe(
      "its hardware is emulated here",
    );
  });

  it("auto prefers rootless among equals", () => {
    expect(chooseRung({ ...wish, rung: "auto" }, [yes("runc"), yes("namespace")]).chosen).toBe(
      "namespace",
    );
  });

  it("the command line goes before the bottle, but not below its minimum", () => {
    expect(chooseRung({ ...wish, asked: "gvisor" }, [yes("namespace"), yes("gvisor")]).chosen).toBe(
      "gvisor",
    );
    expect(
      refusal({ rung: "gvisor", minimum: "gvisor", asked: "namespace" }, [
        yes("namespace"),
        yes("gvisor"),
      ]),
    ).toMatchObject({ code: "E_RUNG_TOO_LOW" });
  });

  it("never falls back to a weaker rung", () => {
    expect(refusal({ rung: "gvisor" }, [yes("namespace"), no("gvisor")])).toMatchObject({
      code: "E_RUNG_UNAVAILABLE",
      why: "no gvisor here",
      next: "install gvisor",
    });
    expect(refusal({ rung: "kata" }, [yes("namespace")])).toMatchObject({
      code: "E_RUNG_UNAVAILABLE",
      next: "Use namespace.",
    });
    expect(
      refusal({ rung: "auto", minimum: "gvisor" }, [
        yes("namespace"),
        no("gvisor"),
        { ...yes("qemu"), emulated: true },
      ]),
    ).toMatchObject({
      code: "E_RUNG_UNAVAILABLE",
      why: expect.stringContaining("gvisor: no gvisor here") as string,
      next: "install gvisor",
    });
    expect(refusal({}, [])).toMatchObject({ code: "E_RUNG_UNAVAILABLE" });
    expect(refusal({ rung: "auto" }, [])).toMatchObject({ code: "E_RUNG_UNAVAILABLE" });
  });

  it("knows a mistyped rung", () => {
    expect(refusal({ asked: "gvsior" }, [])).toMatchObject({
      code: "E_USAGE",
      next: 'Did you mean "gvisor"?',
    });
    expect(refusal({ asked: "__proto__" }, [])).toMatchObject({ code: "E_USAGE" });
  });
});
