/** What is written into a group for each limit, by version of the interface (cgroups(7), cgroup-v1/memory.rst, cgroup-v2.rst). */
import type { LimitPlan } from "../../../plan/plan.ts";
import type { Controller } from "./bases.ts";

export interface Setting {
  readonly file: string;
  readonly value: string;
  /** Some kernels are built without it (swap accounting); then it is left out. */
  readonly optional: boolean;
}

/** Microseconds in which a bottle may use its share of the processors. */
const period = 100_000;

export const controllerOf: Readonly<Record<Exclude<LimitPlan["name"], "disk">, Controller>> = {
  cpus: "cpu",
  memory: "memory",
  pids: "pids",
};

export function settingsFor(
  version: 1 | 2,
  controller: Controller,
  value: number,
): readonly Setting[] {
  const must = (file: string, text: string): Setting => ({ file, value: text, optional: false });
  const may = (file: string, text: string): Setting => ({ file, value: text, optional: true });
  const whole = String(Math.floor(value));
  const quota = String(Math.max(1000, Math.round(value * period)));
  switch (controller) {
    case "pids":
      return [must("pids.max", whole)];
    case "cpu":
      return version === 1
        ? [must("cpu.cfs_period_us", String(period)), must("cpu.cfs_quota_us", quota)]
        : [must("cpu.max", `${quota} ${period}`)];
    case "memory":
      return version === 1
        ? [must("memory.limit_in_bytes", whole), may("memory.memsw.limit_in_bytes", whole)]
        : [must("memory.max", whole), may("memory.swap.max", "0")];
  }
}
