import { describe, expect, it } from "vitest";
import type { BottleError } from "../errors/error.ts";
import type { RungFact } from "./facts.ts";
import type { LadderFacts, RungWish } from "./ladder.ts";
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

/** A version that has a backend for each of these, and for `more`. */
const here = (facts: readonly RungFact[], more: LadderFacts["built"] = []): LadderFacts => ({
  rungs: facts,
  built: [...facts.map(({ rung }) => rung), ...more],
});

function refusal(over: Partial<RungWish>, facts: readonly RungFact[]): BottleError {
  try {
    chooseRung({ ...wish, ...over }, here(facts));
  } catch (error) {
    return error as BottleError;
  }
  return expect.unreachable("it chose");
}

describe("the ladder", () => {
  it("says of every stronger rung why it was not taken", () => {
    const choice = chooseRung(
      wish,
      here([yes("namespace"), yes("runc"), yes("gvisor"), no("qemu")]),
    );
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
    const choice = chooseRung({ ...wish, rung: "auto" }, here(facts));
    expect(choice.chosen).toBe("gvisor");
    expect(choice.stronger.find(({ rung }) => rung === "qemu")?.reason).toBe(
      "its hardware is emulated here",
    );
  });

  it("auto prefers rootless among equals", () => {
    expect(
      chooseRung({ ...wish, rung: "auto" }, here([yes("runc"), yes("namespace")])).chosen,
    ).toBe("namespace");
  });

  it("says of a rung that nobody looked at who asked for another, and not that it is missing", () => {
    const { stronger } = chooseRung(wish, here([yes("namespace")], ["gvisor"]));
    expect(stronger.slice(0, 2)).toEqual([
      { rung: "gvisor", reason: "the bottle asks for namespace" },
      { rung: "kata", reason: "not part of this version" },
    ]);
  });

  it("auto passes by what has no images where the bottle is made of one", () => {
    const facts = here([yes("namespace"), { ...yes("runc"), images: true }, yes("qemu")]);
    const choice = chooseRung({ ...wish, rung: "auto", image: true }, facts);
    expect(choice.chosen).toBe("runc");
    expect(choice.stronger.find(({ rung }) => rung === "qemu")?.reason).toBe(
      "it has no images, and the bottle is made of one",
    );
  });

  it("auto passes by what nobody can tell the hardware of", () => {
    const facts = here([yes("namespace"), { ...yes("kata"), emulated: "unknown" }]);
    const choice = chooseRung({ ...wish, rung: "auto" }, facts);
    expect(choice.chosen).toBe("namespace");
    expect(choice.stronger.find(({ rung }) => rung === "kata")?.reason).toBe(
      "whether its hardware is emulated cannot be told from here",
    );
  });

  it("whoever names a rung gets it on emulated hardware, and is told", () => {
    const facts = here([yes("namespace"), { ...yes("kata"), emulated: true }]);
    expect(chooseRung({ ...wish, asked: "kata" }, facts).reason).toBe(
      "asked for by the command line; ready; its hardware is emulated here",
    );
  });

  it("a bottle goes on where it was started, or nowhere", () => {
    const facts = [yes("namespace"), yes("gvisor")];
    const started = { asked: "namespace", resumes: true, rung: "gvisor" } as const;
    expect(chooseRung({ ...wish, ...started }, here(facts))).toMatchObject({
      chosen: "namespace",
      reason: "the bottle was started on it; ready",
    });
    expect(refusal({ ...started, minimum: "gvisor" }, facts)).toMatchObject({
      code: "E_RUNG_TOO_LOW",
      why: "The bottle was started on it, and goes on there or nowhere.",
    });
  });

  it("names what is ready and strong enough instead of what is too weak", () => {
    const facts = [yes("namespace"), no("gvisor"), yes("qemu"), yes("kata")];
    expect(refusal({ rung: "kata", minimum: "gvisor", asked: "runc" }, facts).next).toBe(
      "Ask for kata or qemu, ready here, or lower minimumRung in the manifest.",
    );
  });

  it("the command line goes before the bottle, but not below its minimum", () => {
    expect(
      chooseRung({ ...wish, asked: "gvisor" }, here([yes("namespace"), yes("gvisor")])).chosen,
    ).toBe("gvisor");
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
