/** One bottle's control groups: made before its first process, joined by its helper, removed after its last. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BottleError } from "../../../errors/error.ts";
import type { LimitPlan } from "../../../plan/plan.ts";
import type { GroupBase } from "./bases.ts";
import { groupsFolder } from "./name.ts";
import { controllerOf, settingsFor } from "./settings.ts";

export interface BottleGroups {
  /** Moves processes in; what they start afterwards is born inside. */
  join(pids: readonly number[]): Promise<void>;
  /** Makes them with their limits; call `remove` whatever happened. */
  create(): void;
  /** Host pids of everything inside, from the kernel's own list. */
  processes(): readonly number[];
  remove(): Promise<void>;
}

/** Groups for those of `limits` that the plan calls enforced. */
export function bottleGroups(
  bases: readonly GroupBase[],
  name: string,
  limits: readonly LimitPlan[],
): BottleGroups {
  const enforced = limits.flatMap((limit) =>
    limit.enforced && limit.name !== "disk" ? [{ ...limit, name: limit.name }] : [],
  );
  const parts = bases.flatMap((base) => {
    const mine = enforced.filter((limit) => base.controllers.includes(controllerOf[limit.name]));
    return mine.length === 0
      ? []
      : [{ base, limits: mine, dir: join(base.dir, groupsFolder, name) }];
  });
  const missing = enforced.find((limit) => !parts.some((part) => part.limits.includes(limit)));
  if (missing !== undefined)
    throw lost(missing.name, "The control group that the plan counted on is not writable.");
  const dirs = parts.map((part) => part.dir);
  return {
    async join(pids) {
      for (const dir of dirs) for (const pid of pids) await enter(join(dir, "cgroup.procs"), pid);
    },
    create() {
      for (const part of parts) {
        makeFolder(part.base, part.dir);
        for (const limit of part.limits)
          for (const { file, value, optional } of settingsFor(
            part.base.version,
            controllerOf[limit.name],
            limit.value,
          ))
            if (!optional || existsSync(join(part.dir, file)))
              write(join(part.dir, file), value, limit.name);
      }
    },
    processes: () => dirs.flatMap(groupProcesses),
    async remove() {
      for (const dir of dirs) await removeGroup(dir);
    },
  };
}

/** A v2 group's parents must hand its controllers down before the group can have limits. */
function makeFolder(base: GroupBase, dir: string): void {
  const parent = join(base.dir, groupsFolder);
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  if (base.version === 2) {
    const enable = base.controllers.map((name) => `+${name}`).join(" ");
    for (const folder of [base.dir, parent]) {
      const control = join(folder, "cgroup.subtree_control");
      const on = readFileSync(control, "utf8").trim().split(/\s+/);
      if (!base.controllers.every((name) => on.includes(name))) write(control, enable, "memory");
    }
  }
  mkdirSync(dir, { recursive: true, mode: 0o755 });
}

function write(file: string, value: string, limit: LimitPlan["name"]): void {
  try {
    writeFileSync(file, value);
  } catch (cause) {
    throw lost(limit, `${file} does not take the value ${value}.`, cause);
  }
}

async function enter(file: string, pid: number): Promise<void> {
  try {
    await writeFile(file, String(pid));
  } catch (cause) {
    throw new BottleError({
      code: "E_RUNG_LIMIT",
      what: "The limits that the plan promised cannot be set.",
      why: `${file} does not take the bottle's process.`,
      next: "Start again: the plan looks at this host anew.",
      cause,
    });
  }
}

function lost(limit: LimitPlan["name"], why: string, cause?: unknown): BottleError {
  return new BottleError({
    code: "E_RUNG_LIMIT",
    what: `The limit on ${limit} that the plan promised cannot be set.`,
    why,
    next: "Start again: the plan looks at this host anew.",
    ...(cause === undefined ? {} : { cause }),
  });
}

export function groupProcesses(dir: string): readonly number[] {
  try {
    return readFileSync(join(dir, "cgroup.procs"), "utf8")
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

/** The kernel keeps a group busy for a moment after its last process is gone: two seconds are allowed for it. */
export async function removeGroup(dir: string): Promise<void> {
  for (let tries = 0; existsSync(dir); tries += 1) {
    try {
      rmdirSync(dir);
    } catch (error) {
      if (tries >= 400) throw error;
      await sleep(5);
    }
  }
  try {
    rmdirSync(join(dir, ".."));
  } catch {
    // Other bottles are in there.
  }
}
