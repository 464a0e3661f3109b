/** Where a bottle runs, and what that changes in its plan. */
import { BottleError } from "../errors/error.ts";
import { placeFormat } from "../manifest/formats/place.ts";
import { formatTimeToLive } from "../manifest/formats/time-to-live.ts";
import type { BottleSpec, RungName } from "../manifest/manifest.ts";
import type { PlaceFact, PlanRequest } from "./facts.ts";
import type { Plan } from "./plan.ts";

/** Seconds of difference between two clocks that certificates and logs bear. */
const fineClock = 60;

/** The command line's, else the bottle's; throws E_USAGE for what is none. */
export function placeOf(
  bottle: Pick<BottleSpec, "place">,
  { place }: Pick<PlanRequest, "place">,
): string {
  if (place === undefined) return bottle.place;
  const parsed = placeFormat.parse(place);
  if (parsed.ok) return parsed.value;
  const { what, next } = parsed.problem;
  throw new BottleError({ code: "E_USAGE", what, ...(next !== undefined && { next }) });
}

/** `namespace` is of this machine alone; elsewhere runc stands in for it, which is as strong. */
export function rungAt(place: string, rung: RungName | "auto"): RungName | "auto" {
  return place !== "local" && rung === "namespace" ? "runc" : rung;
}

/** What is bound here cannot be bound there. */
export function refuseMounted({ workspace }: Pick<BottleSpec, "workspace">, place: string): void {
  if (place === "local" || workspace.mode !== "mount") return;
  throw new BottleError({
    code: "E_PLAN_WORKSPACE",
    what: `A bottle at ${place} cannot work on your folder itself.`,
    why: "The folder is on this machine, and the bottle is not.",
    next: "Use workspace: clone, which is carried there and back.",
  });
}

export function placeHints(place: PlaceFact | undefined): readonly string[] {
  const ahead = place?.clockAhead ?? 0;
  if (Math.abs(ahead) <= fineClock) return [];
  const how = ahead > 0 ? "ahead" : "behind";
  return [
    `The clock of that machine is ${Math.abs(ahead)} seconds ${how}: certificates may seem expired or not yet valid there.`,
  ];
}

/** For the preflight; nothing of this machine. */
export function placeWords({ place, remote }: Pick<Plan, "place" | "remote">): readonly string[] {
  if (remote === undefined) return [];
  return [
    `${place}: as ${remote.user} on a machine of its own (${remote.machine})`,
    "the workspace is carried there, and back by diff and apply; who is root there sees it, and all that the gateway holds in memory",
    `if the connection is cut, the agent goes on for ${formatTimeToLive(remote.ttl)}, then it is stopped; its work stays`,
  ];
}
