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
