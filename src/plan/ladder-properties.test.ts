/** What holds of every choice, whatever a host's rungs say of themselves. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BottleError } from "../errors/error.ts";
import type { RungName } from "../manifest/manifest.ts";
import { rungs, strength } from "../manifest/rungs.ts";
import type { RungFact } from "./facts.ts";
import type { LadderFacts, RungWish } from "./ladder.ts";
import { chooseRung } from "./ladder.ts";
import type { RungChoice } from "./plan.ts";

const settings = { seed: 51, numRuns: 2000 } as const;

const aRung: fc.Arbitrary<RungName> = fc.constantFrom(...rungs);

function factOf(rung: RungName): fc.Arbitrary<RungFact> {
  const ready = fc.constant({ available: true, detail: "ready" } as const);
  const not = fc.constant({
    available: false,
    reason: `no ${rung}`,
    remedy: `get ${rung}`,
  } as const);
  return fc.record({
    rung: fc.constant(rung),
    availability: fc.oneof(ready, not),
    emulated: fc.constantFrom(true, false, "unknown" as const),
    images: fc.boolean(),
  });
}

/** Any rungs built, any of them looked at, in any order. */
const aHost: fc.Arbitrary<LadderFacts> = fc
  .shuffledSubarray([...rungs])
  .chain((built) =>
    fc
      .shuffledSubarray(built)
      .chain((seen) => fc.tuple(...seen.map(factOf)).map((facts) => ({ rungs: facts, built }))),
  );

const aWish: fc.Arbitrary<RungWish> = fc.record({
  rung: fc.oneof(aRung, fc.constant("auto" as const)),
  minimum: aRung,
  image: fc.boolean(),
});

function choose(wish: RungWish, host: LadderFacts): RungChoice | BottleError {
  try {
    return chooseRung(wish, host);
  } catch (error) {
    if (error instanceof BottleError) return error;
    throw error;
  }
}

function factIn({ rungs: facts }: LadderFacts, rung: RungName): RungFact | undefined {
  return facts.find((fact) => fact.rung === rung);
}

describe("whatever the host's rungs are", () => {
  it("what is chosen is ready, was wished for, and not below the minimum", () => {
    fc.assert(
      fc.property(aWish, aHost, (wish, host) => {
        const choice = choose(wish, host);
        if (choice instanceof BottleError) return;
        expect(factIn(host, choice.chosen)?.availability.available).toBe(true);
        expect(strength[choice.chosen]).toBeGreaterThanOrEqual(strength[wish.minimum]);
        if (wish.rung !== "auto") expect(choice.chosen).toBe(wish.rung);
      }),
      settings,
    );
  });

  it("auto leaves nothing stronger that would do, and of equals takes the first named", () => {
    fc.assert(
      fc.property(aWish, aHost, (wish, host) => {
        const choice = choose({ ...wish, rung: "auto" }, host);
        const fit = host.rungs
          .filter(
            ({ rung, availability, emulated, images }) =>
              availability.available &&
              emulated === false &&
              (images === true || wish.image !== true) &&
              strength[rung] >= strength[wish.minimum],
          )
          .map(({ rung }) => rung);
        if (choice instanceof BottleError) {
          expect(fit).toEqual([]);
          return;
        }
        const best = Math.max(...fit.map((rung) => strength[rung]));
        expect(choice.chosen).toBe(
          rungs.find((rung) => fit.includes(rung) && strength[rung] === best),
        );
      }),
      settings,
    );
  });

  it("each stronger rung has its reason once, in the ladder's order, and none is called missing that is there", () => {
    fc.assert(
      fc.property(aWish, aHost, (wish, host) => {
        const choice = choose(wish, host);
        if (choice instanceof BottleError) return;
        expect(choice.stronger.map(({ rung }) => rung)).toEqual(
          rungs.filter((rung) => strength[rung] > strength[choice.chosen]),
        );
        for (const { rung, reason } of choice.stronger) {
          expect(reason).not.toBe("");
          expect(reason === "not part of this version").toBe(!host.built.includes(rung));
          const availability = factIn(host, rung)?.availability;
          if (availability?.available === false) expect(reason).toBe(availability.reason);
        }
      }),
      settings,
    );
  });

  it("a refusal is one of three, says what to do, and of auto why each that would be enough is not taken", () => {
    fc.assert(
      fc.property(aWish, aHost, (wish, host) => {
        const refused = choose(wish, host);
        if (!(refused instanceof BottleError)) return;
        expect(["E_RUNG_UNAVAILABLE", "E_RUNG_TOO_LOW"]).toContain(refused.code);
        expect(refused.next).toBeTruthy();
        if (wish.rung !== "auto") return;
        for (const rung of rungs.filter((one) => strength[one] >= strength[wish.minimum]))
          expect(refused.why).toContain(`${rung}: `);
      }),
      settings,
    );
  });

  it("more that is ready never makes auto's choice weaker", () => {
    fc.assert(
      fc.property(aWish, aHost, aRung, (wish, host, added) => {
        const before = choose({ ...wish, rung: "auto" }, host);
        const ready: RungFact = {
          ...{ rung: added, availability: { available: true, detail: "ready" }, images: true },
        };
        const rest = host.rungs.filter(({ rung }) => rung !== added);
        const after = choose({ ...wish, rung: "auto" }, { ...host, rungs: [...rest, ready] });
        if (before instanceof BottleError) return;
        expect(after).not.toBeInstanceOf(BottleError);
        if (after instanceof BottleError) return;
        expect(strength[after.chosen]).toBeGreaterThanOrEqual(strength[before.chosen]);
      }),
      settings,
    );
  });
});
