/** A clock that jumps: a file says by how many milliseconds, and a process that loads this script believes it. */
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dist } from "../../support/bottle.ts";
import type { FaultScene } from "./scene.ts";

export interface Clock {
  /** For commands: NODE_OPTIONS that make them believe the file. Their supervisors do not: they get a clean environment. */
  readonly env: NodeJS.ProcessEnv;
  /** A `dist` whose supervisor believes the file. */
  readonly dist: string;
  /** From now on it is so many milliseconds later. */
  jump(ms: number): Promise<void>;
}

/** The wall clock alone: the monotonic one cannot jump (clock_gettime(2)). */
function script(file: string): string {
  return `
const { readFileSync } = require("node:fs");
const real = Date.now;
const shift = () => Number(readFileSync(${JSON.stringify(file)}, "utf8"));
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...args) { args.length === 0 ? super(real() + shift()) : super(...args); }
  static now() { return real() + shift(); }
};
Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + shift() });
`;
}

export async function openClock(scene: FaultScene, ms = 0): Promise<Clock> {
  const folder = join(scene.folder, "clock");
  const file = join(folder, "shift");
  const preload = join(folder, "preload.cjs");
  await mkdir(folder);
  const jump = async (to: number): Promise<void> => {
    await writeFile(`${file}.new`, String(to));
    await rename(`${file}.new`, file);
  };
  await jump(ms);
  await writeFile(preload, script(file));
  await writeFile(
    join(folder, "supervisor.js"),
    `require(${JSON.stringify(preload)}); require(${JSON.stringify(join(dist, "supervisor.js"))});`,
  );
  await symlink(join(dist, "helper.js"), join(folder, "helper.js"));
  return { env: { NODE_OPTIONS: `--require ${preload}` }, dist: folder, jump };
}
