/** Versions of Docker and of Kata, as far as the rung depends on them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Kata's archive says what it is (tools/packaging/kata-deploy of Kata); a package of a distribution does not. */
const versionFile = "/opt/kata/VERSION";

/** `3.29.0-12-gabc`, or undefined. */
export function readKataVersion(root: string): string | undefined {
  try {
    const text = readFileSync(join(root, versionFile), "utf8").trim();
    return /^\d{1,3}\.\d{1,3}\.\d{1,3}[\w.+-]{0,40}$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Of `28.1.0` and `v28.1.0-rc.1`; undefined where there is none. */
export function majorOf(version: string): number | undefined {
  const major = /^v?(\d{1,3})\./.exec(version)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** True if `version` is `major.minor` or newer. */
export function reaches(version: string, major: number, minor: number): boolean {
  const [, mine = "", least = ""] = /^(\d{1,3})\.(\d{1,3})\./.exec(version) ?? [];
  return Number(mine) > major || (Number(mine) === major && Number(least) >= minor);
}
