/** Which limits of a bottle hold on this host, and how: said before the start, never guessed. */
import type { LimitPlan } from "../../plan/plan.ts";
import type { GroupBase } from "./groups/bases.ts";
import { controllerOf } from "./groups/settings.ts";

export interface WantedLimits {
  readonly cpus: number;
  readonly memory: number;
  readonly pids: number;
  readonly disk: number;
}

export function planLimits(
  wanted: WantedLimits,
  bases: readonly GroupBase[],
  uid: number,
): readonly LimitPlan[] {
  const grouped = (["cpus", "memory", "pids"] as const).map((name): LimitPlan => {
    const controller = controllerOf[name];
    const base = bases.find(({ controllers }) => controllers.includes(controller));
    const how =
      base === undefined
        ? `no ${controller} control group is writable ${uid === 0 ? "here" : "for this user"}`
        : `cgroup v${base.version} ${controller} controller`;
    return { name, value: wanted[name], enforced: base !== undefined, how };
  });
  const how =
    "workspace and home are folders of the host; /tmp, /var/tmp and /dev/shm each hold a quarter of the memory limit at most";
  return [...grouped, { name: "disk", value: wanted.disk, enforced: false, how }];
}

const smallest = 16 * 1024 ** 2;

/** Bytes for each of the bottle's memory file systems: they are paid from memory, so at most a quarter of it. */
export function scratchSize(limits: { readonly memory: number; readonly disk: number }): number {
  return Math.max(smallest, Math.floor(Math.min(limits.disk, limits.memory / 4)));
}
