/** Chooses the rung, and says of every stronger one why it was not taken. */
import { BottleError } from "../errors/error.ts";
import { closest } from "../manifest/closest.ts";
import type { RungName } from "../manifest/manifest.ts";
import { quote } from "../manifest/quote.ts";
import { rungs, strength } from "../manifest/rungs.ts";
import type { RungFact } from "./facts.ts";
import type { RungChoice } from "./plan.ts";

export interface RungWish {
  /** The bottle's rung. */
  readonly rung: RungName | "auto";
  readonly minimum: RungName;
  /** From the command line; goes before the bottle's. */
  readonly asked?: string | undefined;
}

const notHere = "not part of this version";

/** Pure; throws E_RUNG_TOO_LOW, E_RUNG_UNAVAILABLE, or E_USAGE for a rung that does not exist. */
export function chooseRung(wish: RungWish, facts: readonly RungFact[]): RungChoice {
  const wanted = wish.asked === undefined ? wish.rung : parseRung(wish.asked);
  if (wanted === "auto") return chooseStrongest(wish.minimum, facts);
  if (strength[wanted] < strength[wish.minimum]) {
    throw new BottleError({
      code: "E_RUNG_TOO_LOW",
      what: `The rung ${wanted} is weaker than the bottle's minimum, ${wish.minimum}.`,
      next: `Ask for ${wish.minimum} or stronger, or lower minimumRung in the manifest.`,
    });
  }
  const fact = facts.find(({ rung }) => rung === wanted);
  if (fact === undefined) {
    const known = facts.map(({ rung }) => rung).join(", ");
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: `The rung ${wanted} is ${notHere}.`,
      next: `Use ${known === "" ? "another rung" : known}.`,
    });
  }
  const { availability } = fact;
  if (!availability.available) {
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: `The rung ${wanted} cannot be used here.`,
      why: availability.reason,
      next: availability.remedy,
    });
  }
  const by = wish.asked === undefined ? "the bottle" : "the command line";
  return {
    chosen: wanted,
    reason: `asked for by ${by}; ${availability.detail}`,
    stronger: whyNotStronger(wanted, facts, `${by} asks for ${wanted}`),
  };
}

function parseRung(text: string): RungName | "auto" {
  const words = [...rungs, "auto"] as const;
  const known = words.find((word) => word === text);
  if (known !== undefined) return known;
  const near = closest(text, words);
  throw new BottleError({
    code: "E_USAGE",
    what: `There is no rung ${quote(text)}.`,
    next: near === undefined ? `Use one of ${words.join(", ")}.` : `Did you mean "${near}"?`,
  });
}

/** `auto`: the strongest rung that is ready and runs on real hardware; among equals the first named on the ladder. */
function chooseStrongest(minimum: RungName, facts: readonly RungFact[]): RungChoice {
  const ready = facts
    .filter(
      ({ rung, availability, emulated }) =>
        availability.available && emulated !== true && strength[rung] >= strength[minimum],
    )
    .toSorted(
      (a, b) =>
        strength[b.rung] - strength[a.rung] || rungs.indexOf(a.rung) - rungs.indexOf(b.rung),
    );
  const [best] = ready;
  if (best?.availability.available === true) {
    return {
      chosen: best.rung,
      reason: `the strongest that is ready here; ${best.availability.detail}`,
      stronger: whyNotStronger(best.rung, facts, "not chosen"),
    };
  }
  const reasons = rungs
    .filter((rung) => strength[rung] >= strength[minimum])
    .map((rung) => `${rung}: ${whyNot(rung, facts, "below the minimum")}`);
  const remedy = facts.flatMap(({ rung, availability }) =>
    availability.available || strength[rung] < strength[minimum] ? [] : [availability.remedy],
  );
  throw new BottleError({
    code: "E_RUNG_UNAVAILABLE",
    what:
      minimum === "namespace"
        ? "No rung can be used here."
        : `No rung of ${minimum} or stronger can be used here.`,
    why: `${reasons.join("; ")}.`,
    next: remedy[0] ?? "Lower minimumRung, or use a host that has one.",
  });
}

function whyNotStronger(
  chosen: RungName,
  facts: readonly RungFact[],
  otherwise: string,
): RungChoice["stronger"] {
  return rungs
    .filter((rung) => strength[rung] > strength[chosen])
    .map((rung) => ({ rung, reason: whyNot(rung, facts, otherwise) }));
}

function whyNot(rung: RungName, facts: readonly RungFact[], otherwise: string): string {
  const fact = facts.find((one) => one.rung === rung);
  if (fact === undefined) return notHere;
  if (!fact.availability.available) return fact.availability.reason;
  return fact.emulated === true ? "its hardware is emulated here" : otherwise;
}
