/** Bottles that were made before they were asked for, and who may have one. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readProcess } from "../host/process.ts";
import type { InstalledAgent } from "../lifecycle/agent.ts";
import type { Furniture } from "../lifecycle/control.ts";
import type { Plan } from "../plan/plan.ts";
import { version } from "../version.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

export interface PreparedBottle {
  readonly id: string;
  readonly fingerprint: string;
  /** Where its workspace is inside. */
  readonly target: string;
}

/** Where every prepared bottle works: whose folder it will be is not known yet. */
export const preparedTarget = "/work/workspace";

/** Of everything that is fixed once a bottle's processes run; what differs in it cannot have the same bottle. */
export function fingerprintOf(
  host: Host,
  { plan, furniture }: { readonly plan: Plan; readonly furniture: Furniture },
  { agent, image }: { readonly agent: InstalledAgent; readonly image: string | null },
  tty: boolean,
): string {
  const boundary = {
    version,
    dist: host.dist,
    rung: plan.rung.chosen,
    link: plan.link,
    place: plan.place,
    ownUsers: plan.ownUsers,
    limits: plan.limits,
    mounts: furniture.mounts,
    workspace: plan.workspace.mode,
    agent,
    image,
    tty,
    breakBoundary: host.env["BOTTLE_TEST_BREAK"],
  };
  return createHash("sha256").update(JSON.stringify(boundary)).digest("hex");
}

/** Those that wait for that agent. Cheap, as every start asks: four reads for each bottle that lives. */
export function preparedBottles(host: Host, agent: string): readonly PreparedBottle[] {
  const { runHome } = hostPaths(host);
  return idsIn(runHome).flatMap((id) => {
    if (id.slice(0, -6) !== agent) return [];
    try {
      const text = readFileSync(join(runHome, id, "prepared"), "utf8");
      const { fingerprint, target } = JSON.parse(text) as Omit<PreparedBottle, "id">;
      const owner = Number.parseInt(readFileSync(join(runHome, id, "owner"), "utf8"), 10);
      // One that is suspended would take the order, and carry it out whenever it is woken.
      return readProcess(owner)?.suspended === false ? [{ id, fingerprint, target }] : [];
    } catch {
      return [];
    }
  });
}

function idsIn(runHome: string): readonly string[] {
  try {
    return readdirSync(runHome);
  } catch {
    return [];
  }
}
