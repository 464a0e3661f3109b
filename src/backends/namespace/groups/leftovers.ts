/** Groups of bottles whose supervisor is dead: what `find` reports and `sweep` removes. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, readProcess } from "../../../host/process.ts";
import type { GroupBase } from "./bases.ts";
import { groupProcesses, removeGroup } from "./group.ts";
import { groupsFolder, readGroupName } from "./name.ts";
import type { GroupName } from "./name.ts";

export interface LeftGroup extends GroupName {
  readonly dir: string;
}

export function leftGroups(bases: readonly GroupBase[]): readonly LeftGroup[] {
  return bases.flatMap((base) => {
    const folder = join(base.dir, groupsFolder);
    return entries(folder).flatMap((entry) => {
      const name = readGroupName(entry);
      return name === undefined || ownerLives(name) ? [] : [{ ...name, dir: join(folder, entry) }];
    });
  });
}

function ownerLives({ pid, started }: GroupName): boolean {
  const owner = readProcess(pid);
  return owner !== undefined && owner.started === started && !owner.zombie;
}

/** Ends whatever is in the group, then removes it; bounded, and the last attempt's error is told. */
export async function sweepGroup(group: LeftGroup): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const members = groupProcesses(group.dir).flatMap((pid) => readProcess(pid) ?? []);
    if (members.length === 0) break;
    for (const member of members) if (isAlive(member)) kill(member.pid);
    await sleep(10);
  }
  await removeGroup(group.dir);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone in between.
  }
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
