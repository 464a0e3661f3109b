/** What is measured: one kind of bottle, by what it is made of. */
import { linksOf } from "../../src/compose/registry.ts";
import type { Isolation } from "../../src/compose/registry.ts";
import { BottleError } from "../../src/errors/error.ts";
import type { LinkName, RungName } from "../../src/manifest/manifest.ts";

export type Subject = Isolation;

/** DESIGN section 9: how much longer a start may take than the same agent without a bottle; null where it sets none. */
export function budgetOf({ rung, place }: Subject): number | null {
  if (place !== "local") return null;
  if (rung === "namespace") return 1.35;
  return rung === "runc" || rung === "gvisor" ? 1.2 : null;
}

/** `runc`, `runc/network`: a rung's own link goes without saying. */
export function nameOf({ rung, link }: Subject): string {
  return link === linksOf(rung)[0] ? rung : `${rung}/${link}`;
}

/** From `runc,gvisor`; `link` is that of all of them, where they have it. */
export function subjectsOf(rungs: string, link: string | undefined): readonly Subject[] {
  return rungs.split(",").map((word) => {
    const rung = word.trim() as RungName;
    const links = linksOf(rung);
    const [own] = links;
    if (own === undefined) throw unknown(`the rung ${JSON.stringify(rung)}`);
    const chosen = link === undefined ? own : links.find((one): one is LinkName => one === link);
    if (chosen === undefined) throw unknown(`the link ${JSON.stringify(link)} on the rung ${rung}`);
    return { rung, link: chosen, place: "local" };
  });
}

function unknown(what: string): BottleError {
  return new BottleError({
    code: "E_USAGE",
    what: `This version does not have ${what}.`,
    next: "See `bottle doctor` for what it has.",
  });
}
