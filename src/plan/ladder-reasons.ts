/** Why a rung is not taken, in words of the preflight. */
import type { RungName } from "../manifest/manifest.ts";
import { strength } from "../manifest/rungs.ts";
import type { HostFacts, RungFact } from "./facts.ts";

/** Of a rung without a backend. */
export const notBuilt = "not part of this version";

/** `minimum` is no stronger than that rung: equals will do for each other. */
export function isAtLeast(rung: RungName, minimum: RungName): boolean {
  return strength[rung] >= strength[minimum];
}

/** Why `auto` does not take it, where it is no machine on hardware for certain. */
export function notHardware(emulated: RungFact["emulated"]): string | undefined {
  if (emulated === "unknown") return "whether its hardware is emulated cannot be told from here";
  return emulated === true ? "its hardware is emulated here" : undefined;
}

/** `otherwise`: what is said of one that nothing stands in the way of, or that nobody looked at. */
export function whyNot(
  rung: RungName,
  { rungs, built }: Pick<HostFacts, "rungs" | "built">,
  otherwise: string,
  image = false,
): string {
  const fact = rungs.find((one) => one.rung === rung);
  if (fact === undefined) return built.includes(rung) ? otherwise : notBuilt;
  if (!fact.availability.available) return fact.availability.reason;
  const soft = notHardware(fact.emulated);
  if (soft !== undefined) return soft;
  return image && fact.images !== true
    ? "it has no images, and the bottle is made of one"
    : otherwise;
}
