/** Chooses the rung, and says of every stronger one why it was not taken. */
import { BottleError } from "../errors/error.ts";
import { closest } from "../manifest/closest.ts";
import type { RungName } from "../manifest/manifest.ts";
import { quote } from "../manifest/quote.ts";
import { rungs, strength } from "../manifest/rungs.ts";
import type { HostFacts, RungFact } from "./facts.ts";
import { isAtLeast, notBuilt, notHardware, whyNot } from "./ladder-reasons.ts";
import type { RungChoice } from "./plan.ts";

export interface RungWish {
  /** The bottle's rung. */
  readonly rung: RungName | "auto";
  readonly minimum: RungName;
  /** Goes before the bottle's: from the command line, or what a bottle that goes on was started on. */
  readonly asked?: string | undefined;
  /** The bottle was started on `asked`, and goes on. */
  readonly resumes?: boolean;
  /** The bottle is made of an image of its own: `auto` passes by what has none. */
  readonly image?: boolean;
}

/** What the ladder stands on. */
export type LadderFacts = Pick<HostFacts, "rungs" | "built">;

/** Pure; throws E_RUNG_TOO_LOW, E_RUNG_UNAVAILABLE, or E_USAGE for a rung that does not exist. */
export function chooseRung(wish: RungWish, facts: LadderFacts): RungChoice {
  const wanted = wish.asked === undefined ? wish.rung : parseRung(wish.asked);
  if (wanted === "auto") return chooseStrongest(wish, facts);
  if (!isAtLeast(wanted, wish.minimum)) throw tooLow(wanted, wish, facts);
  const fact = facts.rungs.find(({ rung }) => rung === wanted);
  if (fact === undefined) throw notInThisVersion(wanted, facts);
  const { availability } = fact;
  if (!availability.available) {
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: `The rung ${wanted} cannot be used here.`,
      why: availability.reason,
      next: availability.remedy,
    });
  }
  const soft = notHardware(fact.emulated);
  return {
    chosen: wanted,
    reason: `${orderOf(wish)}; ${availability.detail}${soft === undefined ? "" : `; ${soft}`}`,
    stronger: whyNotStronger(wanted, facts, `${whoOf(wish)} asks for ${wanted}`),
  };
}

function whoOf({ asked, resumes }: RungWish): string {
  if (asked === undefined) return "the bottle";
  return resumes === true ? "the record" : "the command line";
}

function orderOf(wish: RungWish): string {
  return wish.asked !== undefined && wish.resumes === true
    ? "the bottle was started on it"
    : `asked for by ${whoOf(wish)}`;
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

function tooLow(wanted: RungName, { minimum, resumes }: RungWish, facts: LadderFacts): BottleError {
  const ready = inOrder(facts.rungs)
    .filter(({ rung, availability }) => isAtLeast(rung, minimum) && availability.available)
    .map(({ rung }) => rung);
  const instead =
    ready.length === 0 ? `${minimum} or stronger` : `${ready.join(" or ")}, ready here`;
  return new BottleError({
    code: "E_RUNG_TOO_LOW",
    what: `The rung ${wanted} is weaker than the bottle's minimum, ${minimum}.`,
    ...(resumes === true && { why: "The bottle was started on it, and goes on there or nowhere." }),
    next:
      resumes === true
        ? "Take its work out with `bottle apply` and start a new bottle, or lower minimumRung in the manifest."
        : `Ask for ${instead}, or lower minimumRung in the manifest.`,
  });
}

function notInThisVersion(wanted: RungName, { built }: LadderFacts): BottleError {
  return new BottleError({
    code: "E_RUNG_UNAVAILABLE",
    what: `The rung ${wanted} is ${notBuilt}.`,
    next: `Use ${built.length === 0 ? "another rung" : built.join(", ")}.`,
  });
}

/** Strongest first; equals as the ladder names them. */
function inOrder(facts: readonly RungFact[]): readonly RungFact[] {
  return facts.toSorted(
    (a, b) => strength[b.rung] - strength[a.rung] || rungs.indexOf(a.rung) - rungs.indexOf(b.rung),
  );
}

/** `auto`: the strongest that is ready, serves this bottle, and runs on real hardware; of equals the first named. */
function chooseStrongest(wish: RungWish, facts: LadderFacts): RungChoice {
  const { minimum, image = false } = wish;
  for (const { rung, availability, emulated, images } of inOrder(facts.rungs)) {
    if (!availability.available || notHardware(emulated) !== undefined) continue;
    if (!isAtLeast(rung, minimum) || (image && images !== true)) continue;
    return {
      chosen: rung,
      reason: `the strongest that is ready here; ${availability.detail}`,
      stronger: whyNotStronger(rung, facts, "it was not looked at", image),
    };
  }
  const enough = rungs.filter((rung) => isAtLeast(rung, minimum));
  const reasons = enough.map(
    (rung) => `${rung}: ${whyNot(rung, facts, "it was not looked at", image)}`,
  );
  const remedies = enough.flatMap((one) => {
    const found = facts.rungs.find(({ rung }) => rung === one)?.availability;
    return found === undefined || found.available ? [] : [found.remedy];
  });
  throw new BottleError({
    code: "E_RUNG_UNAVAILABLE",
    what:
      strength[minimum] === strength.namespace
        ? "No rung can be used here."
        : `No rung of ${minimum} or stronger can be used here.`,
    why: `${reasons.join("; ")}.`,
    next: remedies[0] ?? "Lower minimumRung, or use a host that has one.",
  });
}

function whyNotStronger(
  chosen: RungName,
  facts: LadderFacts,
  otherwise: string,
  image = false,
): RungChoice["stronger"] {
  return rungs
    .filter((rung) => strength[rung] > strength[chosen])
    .map((rung) => ({ rung, reason: whyNot(rung, facts, otherwise, image) }));
}
