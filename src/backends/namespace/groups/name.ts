/** A group's name carries the bottle's id and its owner, so that what a dead owner left is found without any other note. */

export interface GroupOwner {
  readonly pid: number;
  /** Clock ticks from boot to the owner's start; tells it from a later process with the same pid. */
  readonly started: number;
}

export interface GroupName extends GroupOwner {
  readonly id: string;
}

/** The folder in each base that holds all groups of ours. */
export const groupsFolder = "claude-bottle";

export function writeGroupName({ id, pid, started }: GroupName): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) throw new RangeError("not an id of a bottle");
  return `${id}.${pid}.${started}`;
}

/** Undefined for names that are not ours. */
export function readGroupName(name: string): GroupName | undefined {
  const [, id, pid, started] = /^(.+)\.(\d{1,10})\.(\d{1,20})$/.exec(name) ?? [];
  if (id === undefined) return undefined;
  return { id, pid: Number(pid), started: Number(started) };
}
